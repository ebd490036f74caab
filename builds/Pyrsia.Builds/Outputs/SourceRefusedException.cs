namespace Pyrsia.Builds.Outputs;

/// <summary>A source tree can't become a build's input; the message says which file and why.</summary>
public sealed class SourceRefusedException : Exception
{
    /// <summary>With the reason.</summary>
    public SourceRefusedException(string message) : base(message)
    {
    }

    /// <summary>With the reason and what it came from.</summary>
    public SourceRefusedException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public SourceRefusedException()
    {
    }
}
