using System.Diagnostics;
using System.Globalization;

namespace Pyrsia.Testing.Postgres;

/// <summary>A real PostgreSQL server in a directory of its own, reached by a socket in it: no port, and nobody else's data.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly string _programs = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")).Last();
    private Process? _server;

    private PostgresServer()
    {
    }

    /// <summary>Settings that the server is started with, by name.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal) { ["listen_addresses"] = "" };

    /// <summary>Makes a server and starts it.</summary>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PostgresServer();
        try
        {
            if (Environment.IsPrivilegedProcess) await RunAsync("chown", [User, server._directory.Path], cancellationToken);
            // What initdb writes need not outlive a power failure; what the server acknowledges does, so its own settings stay as they are.
            await server.RunAsUserAsync("initdb", ["-D", server._directory["data"], "-A", "trust", "-U", User, "-N", "--locale", "C.UTF-8"], cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How to reach a schema, which need not exist yet.</summary>
    public string ConnectionString(string schema) => $"Host={_directory.Path};Username={User};Database={User};Search Path={schema};Timeout=5;Command Timeout=10";

    /// <summary>Starts the server, after it was killed or with other settings.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        string[] arguments = ["-D", _directory["data"], "-k", _directory.Path, .. Settings.SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" })];
        var start = AsUser("postgres", arguments);
        start.RedirectStandardError = true;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new System.Text.StringBuilder();
        _server = new Process { StartInfo = start };
        _server.ErrorDataReceived += (_, line) =>
        {
            lock (said) said.AppendLine(line.Data);
            if (line.Data is null) ready.TrySetException(new InvalidOperationException($"PostgreSQL did not start: {said}"));
            else if (line.Data.Contains("ready to accept connections", StringComparison.Ordinal)) ready.TrySetResult();
        };
        _server.Start();
        _server.BeginErrorReadLine();
        await ready.Task.WaitAsync(StartLimit, cancellationToken);
    }

    /// <summary>Ends the server and all its connections without a word, as a machine does that loses its power.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _server!.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync(cancellationToken);
        _server.Dispose();
        _server = null;
    }

    /// <summary>Lets the server and its connections stand still, as a machine does that has no disk or no processor for them.</summary>
    /// <returns>Lets them go on when it is disposed.</returns>
    public async Task<IAsyncDisposable> PauseAsync(CancellationToken cancellationToken)
    {
        var server = _server!.Id;
        // The server goes first, so that no connection is begun that is not stopped.
        await SignalAsync("-STOP", [server], cancellationToken);
        var children = (await File.ReadAllTextAsync($"/proc/{server}/task/{server}/children", cancellationToken)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        int[] stopped = [.. children, server];
        await SignalAsync("-STOP", stopped, cancellationToken);
        return new Pause(() => SignalAsync("-CONT", stopped, CancellationToken.None));
    }

    /// <summary>Asks for one value.</summary>
    public Task<string> AskAsync(string sql, CancellationToken cancellationToken) => RunAsync(new ProcessStartInfo("psql", ["-h", _directory.Path, "-U", User, "-Atc", sql]), cancellationToken);

    /// <summary>Ends the server in order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        const string fast = "-INT"; // a smart shutdown would wait for those who are connected
        await RunAsync("kill", [fast, _server!.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        await _server.WaitForExitAsync(cancellationToken);
        _server.Dispose();
        _server = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await KillAsync(CancellationToken.None);
        _directory.Dispose();
    }

    private Task<string> RunAsUserAsync(string program, string[] arguments, CancellationToken cancellationToken) => RunAsync(AsUser(program, arguments), cancellationToken);

    /// <summary>PostgreSQL refuses to run as root; setpriv becomes the program, so the process is the server itself.</summary>
    private ProcessStartInfo AsUser(string program, string[] arguments) => Environment.IsPrivilegedProcess
        ? new ProcessStartInfo("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", Path.Combine(_programs, program), .. arguments])
        : new ProcessStartInfo(Path.Combine(_programs, program), arguments);

    private static Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken) => RunAsync(new ProcessStartInfo(program, arguments), cancellationToken);

    private static Task<string> SignalAsync(string signal, int[] processes, CancellationToken cancellationToken) =>
        RunAsync("kill", [signal, .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))], cancellationToken);

    private static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} failed: {await error}");
        return output.Trim();
    }

    private sealed class Pause(Func<Task> end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await end();
    }
}
