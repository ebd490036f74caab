namespace Pyrsia.Consensus;

/// <summary>A file of consensus is damaged, of another network, or of a newer version. The message says which and what to do.</summary>
public sealed class ConsensusDataException : Exception
{
    /// <summary>With the reason in words.</summary>
    public ConsensusDataException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason in words and its cause.</summary>
    public ConsensusDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a reason.</summary>
    public ConsensusDataException()
    {
    }
}
