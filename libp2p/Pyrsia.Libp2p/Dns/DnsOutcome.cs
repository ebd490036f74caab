namespace Pyrsia.Libp2p;

/// <summary>What an answer of a name server says.</summary>
internal enum DnsOutcome
{
    /// <summary>The bytes are no answer to this question: another one, or damaged. The true one may still come.</summary>
    NotAnAnswer,

    /// <summary>The records that there are, perhaps none.</summary>
    Answered,

    /// <summary>There is no such name.</summary>
    NoSuchName,

    /// <summary>The answer did not fit: the same question over TCP brings it whole.</summary>
    Truncated,

    /// <summary>This server cannot or will not answer; another may.</summary>
    ServerFailed,
}
