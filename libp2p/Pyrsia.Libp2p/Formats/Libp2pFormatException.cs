namespace Pyrsia.Libp2p;

/// <summary>Bytes or text that do not follow the format they claim to have. The only exception that the decoders of this assembly raise.</summary>
public sealed class Libp2pFormatException : FormatException
{
    /// <summary>Names what was wrong.</summary>
    public Libp2pFormatException(string message) : base(message)
    {
    }
}
