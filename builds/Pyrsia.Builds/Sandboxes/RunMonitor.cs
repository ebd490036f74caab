namespace Pyrsia.Builds.Sandboxes;

/// <summary>Takes a run's output and log within their limits, watches its time, and remembers the first limit that was hit.</summary>
internal sealed class RunMonitor : IAsyncDisposable
{
    /// <summary>How much of the log is kept in memory to explain why a sandbox did not come up, in bytes.</summary>
    private const int KeptLogBytes = 4096;

    private const int CopyBufferBytes = 64 * 1024;

    /// <summary>How much early a timer may fire, since it counts whole milliseconds: a run gets all of its time.</summary>
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(1);

    private readonly SandboxRun _run;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly DateTimeOffset _started;
    private readonly FileStream _output;
    private readonly FileStream? _log;
    private readonly MemoryStream _keptLog = new();
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _clock;
    private readonly CancellationTokenRegistration _onTime;
    private readonly CancellationToken _caller;
    private int _cause = (int)SandboxOutcome.Exited;
    private long _outputBytes;
    private long _logBytes;

    internal RunMonitor(SandboxRun run, TimeProvider time, CancellationToken caller)
    {
        (_run, _time, _caller) = (run, time, caller);
        _output = Create(run.OutputPath);
        _log = run.LogPath is null ? null : Create(run.LogPath);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(caller);
        (_started, _startedAt) = (time.GetUtcNow(), time.GetTimestamp());
        _clock = new CancellationTokenSource(run.Limits.WallClock + TimerGrain, time);
        _onTime = _clock.Token.Register(() => Stop(SandboxOutcome.TimedOut));
    }

    /// <summary>Set when the run has to be ended: at a limit, or because the caller gave up.</summary>
    internal CancellationToken Stopped => _stop.Token;

    /// <summary>The beginning of the log.</summary>
    internal string KeptLog
    {
        get
        {
            lock (_keptLog) return System.Text.Encoding.UTF8.GetString(_keptLog.ToArray());
        }
    }

    /// <summary>Takes a piece of the output. What is above the limit is dropped, and the run is ended.</summary>
    internal async ValueTask OutputAsync(ReadOnlyMemory<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, _run.Limits.OutputBytes - _outputBytes);
        await WriteAsync(_output, bytes[..room]).ConfigureAwait(false);
        _outputBytes += room;
        if (room < bytes.Length) Stop(SandboxOutcome.OutputLimit);
    }

    /// <summary>Takes a piece of the log. What is above the limit is dropped, and the run is ended.</summary>
    internal async ValueTask LogAsync(ReadOnlyMemory<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, _run.Limits.LogBytes - _logBytes);
        var taken = bytes[..room];
        if (room > 0)
        {
            if (_log is not null) await WriteAsync(_log, taken).ConfigureAwait(false);
            lock (_keptLog) _keptLog.Write(taken.Span[..Math.Min(room, KeptLogBytes - (int)_keptLog.Length)]);
            Pass(taken);
            _logBytes += room;
        }
        if (room < bytes.Length) Stop(SandboxOutcome.LogLimit);
    }

    /// <summary>Gives the command its input, until it has all, reads no more or is ended.</summary>
    /// <param name="write">Takes a piece; what it throws means that nobody reads any more, which is the command's own affair.</param>
    /// <param name="over">Set when nobody will read any more.</param>
    internal async Task FeedAsync(Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken over)
    {
        var buffer = new byte[CopyBufferBytes];
        while (await ReadInputAsync(buffer, over).ConfigureAwait(false) is var read and > 0)
        {
            try
            {
                await write(buffer.AsMemory(0, read)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>What came of it.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal SandboxResult Finish(int exitCode, bool outOfMemory, long? peakMemory, Enforcement memory, Enforcement processes, Enforcement cpus)
    {
        _caller.ThrowIfCancellationRequested();
        var cause = (SandboxOutcome)_cause;
        return new SandboxResult
        {
            Outcome = cause == SandboxOutcome.Exited && outOfMemory ? SandboxOutcome.OutOfMemory : cause,
            ExitCode = exitCode,
            OutputPath = _run.OutputPath,
            OutputBytes = _outputBytes,
            LogBytes = _logBytes,
            Started = _started,
            Duration = _time.GetElapsedTime(_startedAt),
            PeakMemoryBytes = peakMemory,
            Memory = memory,
            Processes = processes,
            Cpus = cpus,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _onTime.DisposeAsync().ConfigureAwait(false);
        await _output.DisposeAsync().ConfigureAwait(false);
        if (_log is not null) await _log.DisposeAsync().ConfigureAwait(false);
        _clock.Dispose();
        _stop.Dispose();
        await _keptLog.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Unbuffered, so that whoever follows the file sees what has come.</summary>
    private static FileStream Create(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous });

    private async ValueTask<int> ReadInputAsync(Memory<byte> buffer, CancellationToken over)
    {
        try
        {
            return await _run.Input.ReadAsync(buffer, over).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return 0;
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Pass(ReadOnlyMemory<byte> taken)
    {
        try
        {
            _run.OnLog?.Invoke(taken);
        }
        catch
        {
            _stop.Cancel();
            throw;
        }
    }

    /// <summary>A full disk here ends the run: a command must not go on whose output is lost.</summary>
    private async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await file.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Stop(SandboxOutcome cause)
    {
        Interlocked.CompareExchange(ref _cause, (int)cause, (int)SandboxOutcome.Exited);
        _stop.Cancel();
    }
}
