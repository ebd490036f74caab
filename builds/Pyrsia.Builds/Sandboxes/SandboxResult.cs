namespace Pyrsia.Builds.Sandboxes;

/// <summary>How a run ended.</summary>
public enum SandboxOutcome
{
    /// <summary>The command ended by itself; the exit code says how.</summary>
    Exited,

    /// <summary>It was ended after <see cref="SandboxLimits.WallClock"/>.</summary>
    TimedOut,

    /// <summary>The kernel ended one of its processes for want of memory.</summary>
    OutOfMemory,

    /// <summary>It was ended because its log grew beyond <see cref="SandboxLimits.LogBytes"/>.</summary>
    LogLimit,

    /// <summary>It was ended because its output grew beyond <see cref="SandboxLimits.OutputBytes"/>.</summary>
    OutputLimit,
}

/// <summary>How a limit is held on this machine.</summary>
public enum Enforcement
{
    /// <summary>Over all processes of the sandbox together.</summary>
    Whole,

    /// <summary>For each process by itself, because this program may not make control groups.</summary>
    EachProcess,
}

/// <summary>What came of a run.</summary>
public sealed record SandboxResult
{
    /// <summary>How it ended.</summary>
    public required SandboxOutcome Outcome { get; init; }

    /// <summary>Exit code of the command; 128 and the signal's number when a signal ended it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>File with the standard output, at most <see cref="SandboxLimits.OutputBytes"/> long.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Bytes in it.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Bytes of the log, at most <see cref="SandboxLimits.LogBytes"/>.</summary>
    public required long LogBytes { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How the limit on memory was held.</summary>
    public required Enforcement Memory { get; init; }

    /// <summary>How the limit on processes was held.</summary>
    public required Enforcement Processes { get; init; }

    /// <summary>How the limit on processors was held: each process by itself means a limit on its processor time.</summary>
    public required Enforcement Cpus { get; init; }

    /// <summary>Most memory in use at one time in bytes; null where nobody counted.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>True when the command ended by itself with 0.</summary>
    public bool Succeeded => Outcome == SandboxOutcome.Exited && ExitCode == 0;
}
