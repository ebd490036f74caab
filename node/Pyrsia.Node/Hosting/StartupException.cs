namespace Pyrsia.Node.Hosting;

/// <summary>The program cannot start as it was asked to; the message says why and what to do. Ends the process with exit code 1, or 2 for wrong usage.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="advice">What to do.</param>
/// <param name="isUsage">Whether the command line itself is wrong.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class StartupException(string message, string advice, bool isUsage = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do.</summary>
    public string Advice { get; } = advice;

    /// <summary>The exit code of the process.</summary>
    public int ExitCode { get; } = isUsage ? 2 : 1;
}
