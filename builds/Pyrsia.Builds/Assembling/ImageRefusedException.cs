namespace Pyrsia.Builds.Assembling;

/// <summary>An image, or a layer of one, is malformed, too large, or has what no image of this network has; the message says what.</summary>
public sealed class ImageRefusedException : Exception
{
    /// <summary>With what is wrong.</summary>
    public ImageRefusedException(string message) : base(message)
    {
    }

    /// <summary>With what is wrong and what it came from.</summary>
    public ImageRefusedException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public ImageRefusedException()
    {
    }
}
