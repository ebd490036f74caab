namespace Pyrsia.Testing.Content;

/// <summary>How a real peer on a real connection misbehaves, after some true chunks.</summary>
public enum PeerFault
{
    /// <summary>The last byte of each chunk is wrong.</summary>
    WrongByte,

    /// <summary>Half a chunk comes, and the stream ends.</summary>
    Truncates,

    /// <summary>Nothing more comes, and the stream stays open.</summary>
    Stalls,

    /// <summary>The rest comes so slowly that no chunk ends in time.</summary>
    Drips,

    /// <summary>It is gone, with all its connections, as a process that is killed.</summary>
    Leaves,
}
