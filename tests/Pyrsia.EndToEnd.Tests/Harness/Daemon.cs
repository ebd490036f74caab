using System.Diagnostics;
using System.Text;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A program that runs until the test ends it.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long a program may say nothing before what is awaited is taken as never coming.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Daemon(Process process) => _process = process;

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it runs no longer.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a program.</summary>
    public static Daemon Start(string program, params string[] arguments)
    {
        var daemon = new Daemon(new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } });
        daemon._process.OutputDataReceived += (_, line) => daemon.Hear(line.Data);
        daemon._process.ErrorDataReceived += (_, line) => daemon.Hear(line.Data);
        daemon._process.Start();
        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        return daemon;
    }

    /// <summary>Waits until the program has said something.</summary>
    /// <returns>Everything it has said.</returns>
    public async Task<string> HearAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_said.ToString() is var said && said.Contains(text, StringComparison.Ordinal)) return said;
                if (_process.HasExited) throw new InvalidOperationException($"{_process.StartInfo.FileName} ended: {said}");
                more = _more.Task;
            }
            try
            {
                await more.WaitAsync(SilenceLimit, cancellationToken);
            }
            catch (TimeoutException e)
            {
                lock (_gate) throw new TimeoutException($"{_process.StartInfo.FileName} does not say '{text}' but: {_said}", e);
            }
        }
    }

    /// <summary>Ends the program without a word, as a machine does that loses its power.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends the program.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited) return;
        using (Process.Start("kill", [_process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) { }
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            if (line is not null) _said.AppendLine(line);
            more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        more.TrySetResult();
    }
}
