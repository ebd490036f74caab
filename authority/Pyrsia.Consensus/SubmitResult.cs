namespace Pyrsia.Consensus;

/// <summary>What became of an entry that was handed in.</summary>
public enum SubmitResult
{
    /// <summary>Durable here and on its way to the others; it will be logged once a quorum is there.</summary>
    Accepted,

    /// <summary>An entry with the same key is waiting already.</summary>
    Pending,

    /// <summary>An entry with the same key is in the log.</summary>
    Logged,

    /// <summary>The application refuses it.</summary>
    Invalid,

    /// <summary>Too many entries are waiting; try again later.</summary>
    Full,
}
