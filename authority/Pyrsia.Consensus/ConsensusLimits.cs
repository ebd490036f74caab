namespace Pyrsia.Consensus;

/// <summary>Bounds of memory and message sizes. Relations between them are checked by a test.</summary>
public static class ConsensusLimits
{
    /// <summary>Largest authority set: a signer's index is a byte on the wire and quadratic voting is measured up to 100.</summary>
    public const int MaxParticipants = 128;

    /// <summary>Entries of one block.</summary>
    public const int MaxBlockEntries = 1_000;

    /// <summary>Largest number of observers: as many again as authorities.</summary>
    public const int MaxObservers = 128;

    /// <summary>Bytes of the entries of one block: 2 MiB, so that a body crosses a 100 Mbit/s line in 0.2 s.</summary>
    public const int MaxBlockBytes = 2 * 1024 * 1024;

    /// <summary>Bytes of one message: a body, and a justification of thousands of failed views.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of one message with the epoch before it, as transports carry it.</summary>
    public const int MaxWireBytes = EpochEnvelope.Bytes + MaxMessageBytes;

    /// <summary>Nullifications that one justification may carry: at the back-off's cap this is 11 days without a block.</summary>
    public const int MaxNullifications = 16_384;

    /// <summary>Certificates in one answer.</summary>
    public const int MaxCertificatesPerMessage = 256;

    /// <summary>Bytes of a message that consensus carries for its host (cosignatures).</summary>
    public const int MaxHostMessageBytes = 64 * 1024;

    /// <summary>How far ahead of the current view votes are kept: peers are rarely more than two views ahead.</summary>
    public const ulong ViewWindow = 16;

    /// <summary>How many views at and below the last finalized one keep their votes, so that late double votes become evidence.</summary>
    public const ulong RetainedViews = 4;

    /// <summary>Pending entries held in memory, of all sources together.</summary>
    public const int MaxPoolEntries = 8_192;

    /// <summary>Bytes of pending entries held in memory: 64 MiB.</summary>
    public const int MaxPoolBytes = 64 * 1024 * 1024;

    /// <summary>Entries of one participant whose payloads are fetched until the next block: several times what it signs in that time, and little for a Byzantine one to fill a disk with.</summary>
    public const int MaxHeldPerBlock = 16;

    /// <summary>Finalized blocks sent in one answer.</summary>
    public const int MaxFinalizedPerAnswer = 64;

    /// <summary>Own pending entries offered again to the others at each re-send.</summary>
    public const int MaxResentEntries = 32;
}
