using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>
/// A sandbox made by <c>bwrap</c> on an unpacked image: own namespaces, a system call filter, no capability. Needs no daemon; works for root and, where the system lets
/// everybody make user namespaces, for any user. Without writable control groups the limits hold for each process only, and the result says so.
/// </summary>
/// <seealso href="https://github.com/containers/bubblewrap"/>
public sealed class BubblewrapSandbox : ISandbox
{
    private const string ControlGroups = "/sys/fs/cgroup";

    private const int CopyBufferBytes = 64 * 1024;

    /// <summary>How much longer than a run's wall clock the sandbox lives when this program is not there any more to end it.</summary>
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(30);

    // The shell enters the control groups before anything else is started, keeps what this program inherited from the command (descriptors above 2), and opens
    // the descriptors that bwrap reads, which only a shell between can hand on.
    private const string Launcher =
        """
        dir=$1; shift
        read -r stat <"/proc/$$/stat" && echo "$stat" >"$dir/process" || exit 125
        while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done; shift
        for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done
        exec 7>"$dir/status" 8<"$dir/filter" 9<"$dir/arguments"
        exec "$@"
        """;

    private readonly string _state;
    private readonly TimeProvider _time;
    private readonly byte[] _filter = SeccompFilter.Build(RuntimeInformation.ProcessArchitecture);
    private readonly bool _asRoot = Environment.IsPrivilegedProcess;

    private BubblewrapSandbox(string state, TimeProvider time) => (_state, _time) = (state, time);

    /// <inheritdoc/>
    public string Name => "bubblewrap";

    /// <summary>Opens it, and ends what a program that died has left behind.</summary>
    /// <param name="stateDirectory">Where runs keep their files; made when it is not there. Programs may share it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException"><c>bwrap</c> is not installed, or this program may not make namespaces here.</exception>
    public static async Task<BubblewrapSandbox> OpenAsync(string stateDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await HostCommand.RunAsync("bwrap", [.. BubblewrapArguments.Namespaces(Environment.IsPrivilegedProcess), "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"], HostCommand.PlainEnvironment, cancellationToken).ConfigureAwait(false);
        }
        catch (HostCommandException e)
        {
            throw new SandboxException($"Bubblewrap makes no sandbox on this machine (package bubblewrap; user namespaces for anybody but root): {e.Message}", e);
        }
        Directory.CreateDirectory(stateDirectory);
        await RunDirectory.SweepAsync(stateDirectory, time, cancellationToken).ConfigureAwait(false);
        return new BubblewrapSandbox(Path.GetFullPath(stateDirectory), time);
    }

    /// <summary>Nothing: the image's folder is what a run stands on.</summary>
    public Task PrepareAsync(BuilderImage image, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken cancellationToken)
    {
        run.Check();
        foreach (var needed in SandboxLayout.Directories)
            if (!Directory.Exists(run.Image.Root + needed)) throw new SandboxException($"The builder image {run.Image.Digest} has no directory {needed}: make it with 'pyrsia-authority builder make'.");
        try
        {
            return await RunInStateAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"The sandbox failed: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SandboxResult> RunInStateAsync(SandboxRun run, CancellationToken cancellationToken)
    {
        var directory = RunDirectory.Create(_state);
        try
        {
            var groups = ControlGroup.TryCreate(ControlGroups, await File.ReadAllTextAsync("/proc/self/cgroup", cancellationToken).ConfigureAwait(false), $"pyrsia-{directory.Name}", run.Limits, made => File.WriteAllLines(directory["groups"], made));
            await File.WriteAllBytesAsync(directory["filter"], _filter, cancellationToken).ConfigureAwait(false);
            var options = string.Join('\0', BubblewrapArguments.Options(run, _asRoot)) + '\0';
            await File.WriteAllTextAsync(directory["arguments"], options, new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
            return await RunInAsync(directory, groups, run, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await directory.RemoveAsync(_time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<SandboxResult> RunInAsync(RunDirectory directory, ControlGroup? groups, SandboxRun run, CancellationToken cancellationToken)
    {
        await using var monitor = new RunMonitor(run, _time, cancellationToken);
        using var process = new Process { StartInfo = Start(directory, groups, run) };
        process.Start();
        await using var registration = monitor.Stopped.Register(() => Kill(process, groups)).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(monitor.Stopped);
        var input = FeedAsync(monitor, process.StandardInput.BaseStream, over.Token);
        var output = PumpAsync(process.StandardOutput.BaseStream, monitor.OutputAsync);
        var log = PumpAsync(process.StandardError.BaseStream, monitor.LogAsync);
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Kill(process, groups);
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(input, output, log).ConfigureAwait(false);
        }
        var outOfMemory = groups?.OutOfMemory ?? false;
        var ended = await CommandEndedAsync(directory, cancellationToken).ConfigureAwait(false);
        if (!ended && !outOfMemory && !monitor.Stopped.IsCancellationRequested) throw new SandboxException($"bwrap could not make the sandbox: {monitor.KeptLog.Trim()}");
        var held = groups is null ? Enforcement.EachProcess : Enforcement.Whole;
        return monitor.Finish(process.ExitCode, outOfMemory, groups?.PeakMemoryBytes, held, held, held);
    }

    private ProcessStartInfo Start(RunDirectory directory, ControlGroup? groups, SandboxRun run)
    {
        // timeout stands between: the end of its parent ends bwrap, and a thread of this program, which may end any time, must not be that parent.
        // It also ends the sandbox when this program has died and nobody else does.
        var seconds = (run.Limits.WallClock + OrphanGrace).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        string[] words =
        [
            "-c", Launcher, "launcher", directory.Path, .. groups?.ProcessFiles ?? [], "--",
            "timeout", "--signal=KILL", seconds, "bwrap", "--args", BubblewrapArguments.ArgumentsDescriptor.ToString(CultureInfo.InvariantCulture), "--",
            .. BubblewrapArguments.Command(run, _asRoot, groups is not null),
        ];
        var start = new ProcessStartInfo("/bin/bash", words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment.Clear();
        foreach (var (name, value) in HostCommand.PlainEnvironment) start.Environment[name] = value;
        return start;
    }

    private static void Kill(Process process, ControlGroup? groups)
    {
        // A number whose process was waited for may belong to somebody else; HasExited is true before that can be.
        if (!process.HasExited) ProcessIdentity.KillGroup(process.Id);
        groups?.KillAll();
    }

    private static async Task FeedAsync(RunMonitor monitor, Stream standardInput, CancellationToken over)
    {
        await monitor.FeedAsync(bytes => standardInput.WriteAsync(bytes, over), over).ConfigureAwait(false);
        try
        {
            await standardInput.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }

    private static async Task PumpAsync(Stream from, Func<ReadOnlyMemory<byte>, ValueTask> to)
    {
        var buffer = new byte[CopyBufferBytes];
        while (await from.ReadAsync(buffer).ConfigureAwait(false) is var read and > 0) await to(buffer.AsMemory(0, read)).ConfigureAwait(false);
    }

    /// <summary>bwrap writes one JSON object a line; one with <c>exit-code</c> only when the command was started and has ended.</summary>
    private static async Task<bool> CommandEndedAsync(RunDirectory directory, CancellationToken cancellationToken)
    {
        if (!File.Exists(directory["status"])) return false;
        var lines = await File.ReadAllLinesAsync(directory["status"], cancellationToken).ConfigureAwait(false);
        return lines.Where(l => l.Length > 0).Any(l =>
        {
            using var status = JsonDocument.Parse(l);
            return status.RootElement.TryGetProperty("exit-code", out _);
        });
    }
}
