namespace Pyrsia.Node.Hosting;

/// <summary>What a process is in its network.</summary>
public enum NodeRole
{
    /// <summary>Serves content and follows the log.</summary>
    Node,

    /// <summary>A node that also votes, builds and keeps the log.</summary>
    Authority,
}
