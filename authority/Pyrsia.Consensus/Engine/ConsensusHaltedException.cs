namespace Pyrsia.Consensus;

/// <summary>
/// Consensus stopped for good: more than f participants are faulty, or this one computes something else than the others. The message says
/// what was seen; nothing may be signed or served as final until people have looked.
/// </summary>
public sealed class ConsensusHaltedException : Exception
{
    /// <summary>With what was seen.</summary>
    public ConsensusHaltedException(string message)
        : base(message)
    {
    }

    /// <summary>With what was seen and a cause.</summary>
    public ConsensusHaltedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a reason.</summary>
    public ConsensusHaltedException()
    {
    }
}
