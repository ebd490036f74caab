namespace Pyrsia.Libp2p;

/// <summary>The identity file cannot be used; the message says why and what to do. Nothing was written.</summary>
public sealed class IdentityFileException : IOException
{
    /// <summary>Names the file and the fault.</summary>
    public IdentityFileException(string message) : base(message)
    {
    }
}
