namespace Pyrsia.Keys;

/// <summary>A private key cannot be used; the message says which and why.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="advice">What to do.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class KeyFileException(string message, string advice, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do.</summary>
    public string Advice { get; } = advice;
}
