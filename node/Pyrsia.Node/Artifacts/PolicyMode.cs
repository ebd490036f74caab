namespace Pyrsia.Node.Artifacts;

/// <summary>What a node does with an artifact that the log does not prove as the network asks.</summary>
public enum PolicyMode
{
    /// <summary>Refuses it.</summary>
    Enforce,

    /// <summary>Serves it and says so, in its own log and in the answer.</summary>
    Warn,

    /// <summary>Serves it without having looked.</summary>
    Off,
}
