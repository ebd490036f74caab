namespace Pyrsia.Node.Hosting;

/// <summary>What an authority knows of the others: whether enough of them answer to go on.</summary>
public interface IQuorumSense
{
    /// <summary>Whether a quorum answers, this authority counted.</summary>
    bool HasQuorum { get; }

    /// <summary>What keeps this authority from its duties, for a person; null when nothing does.</summary>
    string? Trouble { get; }
}
