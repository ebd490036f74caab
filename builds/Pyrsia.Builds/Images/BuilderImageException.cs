namespace Pyrsia.Builds.Images;

/// <summary>A builder image could not be made or unpacked on this machine.</summary>
public sealed class BuilderImageException : Exception
{
    /// <summary>With what is wrong and what to do.</summary>
    public BuilderImageException(string message) : base(message)
    {
    }

    /// <summary>With what is wrong and what it came from.</summary>
    public BuilderImageException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public BuilderImageException()
    {
    }
}
