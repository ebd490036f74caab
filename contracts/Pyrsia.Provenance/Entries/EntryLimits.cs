namespace Pyrsia.Provenance.Entries;

/// <summary>Limits of log entries; each is checked before memory is taken.</summary>
public static class EntryLimits
{
    /// <summary>Longest leaf, in bytes: an entry bundle's 16-bit length can name no more.</summary>
    public const int MaxLeafBytes = Merkle.EntryBundle.MaxEntryBytes;

    /// <summary>Longest payload inside a leaf, in bytes: in base64, with signature and key, the leaf stays under its limit.</summary>
    public const int MaxInlinePayloadBytes = 32 * 1024;

    /// <summary>Longest payload by digest, in bytes: a result of <see cref="MaxOutputs"/> outputs with room to spare.</summary>
    public const int MaxPayloadBytes = 4 * 1024 * 1024;

    /// <summary>Most outputs of one result: an index of 100 platforms with 40 layers each.</summary>
    public const int MaxOutputs = 4096;

    /// <summary>Most variants that a request names: platforms of an image, further files of a Maven version.</summary>
    public const int MaxVariants = 64;

    /// <summary>Longest coordinate or reference, in characters.</summary>
    public const int MaxCoordinateLength = 700;

    /// <summary>Longest platform, media type, registry or version, in characters.</summary>
    public const int MaxWordLength = 255;

    /// <summary>Longest failure message, in characters.</summary>
    public const int MaxMessageLength = 1024;

    /// <summary>Most attempts at one request.</summary>
    public const int MaxAttempts = 100;

    /// <summary>Most bytes that a request may allow, 1 TiB: what a chunk tree can cover.</summary>
    public const long MaxTotalBytes = Chunks.ChunkLayout.MaxLength;

    /// <summary>Bytes of a commitment's or a request's nonce.</summary>
    public const int NonceLength = 32;
}
