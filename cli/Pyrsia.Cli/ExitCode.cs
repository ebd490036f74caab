namespace Pyrsia.Cli;

/// <summary>What the program's exit code says; scripts rely on these numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int NotFound = 4;
    public const int VerificationFailed = 5;
    public const int PolicyNotMet = 6;
    public const int BuildFailed = 7;
    public const int TimedOut = 8;

    /// <summary>128 and SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
