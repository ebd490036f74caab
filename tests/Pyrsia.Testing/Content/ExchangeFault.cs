namespace Pyrsia.Testing.Content;

/// <summary>How a peer of the simulated exchange misbehaves.</summary>
public enum ExchangeFault
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>One byte of one chunk is wrong.</summary>
    WrongByte,

    /// <summary>The hashes of the chunks are wrong.</summary>
    WrongLeaves,

    /// <summary>After some bytes nothing more comes, and the stream stays open.</summary>
    Stall,

    /// <summary>After some bytes the stream breaks.</summary>
    Cut,

    /// <summary>The first stream of a peer goes on, the next breaks when it is read from, and so on.</summary>
    CutFurther,

    /// <summary>The head of one answer is not what it must be.</summary>
    Malformed,

    /// <summary>Nobody answers a dial.</summary>
    Unreachable,
}
