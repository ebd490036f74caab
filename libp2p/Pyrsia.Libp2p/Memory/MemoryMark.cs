namespace Pyrsia.Libp2p;

/// <summary>What stands in a <see cref="MemoryFlow"/> beside bytes.</summary>
internal enum MemoryMark
{
    /// <summary>Bytes.</summary>
    None,

    /// <summary>Nothing more is sent; the sender still reads.</summary>
    End,

    /// <summary>The sender neither sends nor reads any more.</summary>
    Gone,
}
