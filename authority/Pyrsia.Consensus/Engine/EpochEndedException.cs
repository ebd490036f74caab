namespace Pyrsia.Consensus;

/// <summary>The epoch of this engine has ended; the next one's takes what was handed in.</summary>
public sealed class EpochEndedException : Exception
{
    /// <summary>Makes it.</summary>
    public EpochEndedException()
        : base("The epoch has ended.")
    {
    }

    /// <summary>Makes it with another message.</summary>
    public EpochEndedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes it with another message and a cause.</summary>
    public EpochEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
