namespace Pyrsia.Builds;

/// <summary>A program of this machine is missing or failed; the message says which and what it said.</summary>
internal sealed class HostCommandException : Exception
{
    internal HostCommandException(string message) : base(message)
    {
    }

    internal HostCommandException(string message, Exception inner) : base(message, inner)
    {
    }
}
