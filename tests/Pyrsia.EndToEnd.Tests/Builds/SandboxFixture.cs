using System.Text;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>One sandbox under test, and short words for running scripts in it.</summary>
public abstract class SandboxFixture : IDisposable
{
    /// <summary>Limits that are hit soon.</summary>
    public static readonly SandboxLimits Tight = new()
    {
        WallClock = TimeSpan.FromSeconds(60),
        MemoryBytes = 192L << 20,
        Processes = 64,
        WorkBytes = 32L << 20,
        TemporaryBytes = 8L << 20,
        LogBytes = 256 << 10,
        OutputBytes = 1 << 20,
    };

    private readonly TemporaryDirectory _directory = new();
    private Task<ISandbox>? _sandbox;
    private int _runs;

    /// <summary>A directory that goes with the fixture.</summary>
    public TemporaryDirectory Files => _directory;

    /// <summary>The sandbox.</summary>
    public abstract Task<ISandbox> SandboxAsync(CancellationToken cancellationToken);

    /// <summary>A run of a shell script under tight limits, for a test to change.</summary>
    public SandboxRun Script(BuilderImage image, string script)
    {
        var number = Interlocked.Increment(ref _runs);
        return new SandboxRun { Image = image, Command = ["/bin/bash", "-c", script], OutputPath = _directory[$"out-{number}"], LogPath = _directory[$"log-{number}"], Limits = Tight };
    }

    /// <summary>Runs it, in a sandbox that is opened once.</summary>
    public async Task<SandboxRunText> RunAsync(SandboxRun run, CancellationToken cancellationToken)
    {
        var sandbox = await (_sandbox ??= SandboxAsync(cancellationToken));
        var result = await sandbox.RunAsync(run, cancellationToken);
        return new SandboxRunText(result, await File.ReadAllTextAsync(run.OutputPath, Encoding.UTF8, cancellationToken), run.LogPath is null ? "" : await File.ReadAllTextAsync(run.LogPath, Encoding.UTF8, cancellationToken));
    }

    /// <summary>Closes the sandbox of <see cref="RunAsync"/>, where one was opened.</summary>
    protected async ValueTask CloseAsync()
    {
        if (_sandbox is not null) await (await _sandbox).DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What came of a run, with both streams as text.</summary>
public sealed record SandboxRunText(SandboxResult Result, string Output, string Log)
{
    /// <summary>For a failed assertion.</summary>
    public override string ToString() => $"{Result}\n--- stdout\n{Tail(Output)}\n--- stderr\n{Tail(Log)}";

    private static string Tail(string text) => text.Length > 2000 ? "..." + text[^2000..] : text;
}
