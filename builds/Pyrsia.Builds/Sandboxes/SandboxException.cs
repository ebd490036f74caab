namespace Pyrsia.Builds.Sandboxes;

/// <summary>A sandbox could not be had on this machine. The command is not to blame.</summary>
public sealed class SandboxException : Exception
{
    /// <summary>With what is wrong and what to do.</summary>
    public SandboxException(string message) : base(message)
    {
    }

    /// <summary>With what is wrong and what it came from.</summary>
    public SandboxException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public SandboxException()
    {
    }
}
