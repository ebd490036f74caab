using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>One js-libp2p process that is driven by JSON lines.</summary>
internal sealed class JsPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> pending = new();
    private readonly ConcurrentQueue<JsonNode> events = new();
    private readonly SemaphoreSlim eventArrived = new(0);
    private readonly ConcurrentQueue<string> errors = new();
    private readonly CancellationTokenSource ended = new();
    private int nextId;

    private JsPeer(Process process)
    {
        this.process = process;
        _ = Task.Run(ReadAsync);
        _ = Task.Run(async () =>
        {
            while (await process.StandardError.ReadLineAsync() is { } line) errors.Enqueue(line);
        });
    }

    public PeerId Id { get; private set; }

    public Multiaddr Address { get; private set; } = null!;

    public static Task<JsPeer> StartAsync(params string[] arguments) => StartInAsync(null, arguments);

    /// <summary>Starts it in a network namespace. An address of the Internet it does not tell before it was confirmed; <see cref="Address"/> is null then.</summary>
    public static async Task<JsPeer> StartInAsync(string? networkNamespace, params string[] arguments)
    {
        var js = JsDirectory();
        var node = Path.Combine(js, "node_modules", ".bin", "node");
        Assert.True(File.Exists(node), $"The js peers are not installed. Run: npm ci --prefix {js}");
        string[] command = [.. networkNamespace is null ? [] : new[] { "ip", "netns", "exec", networkNamespace }, node, Path.Combine(js, "peer.mjs"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = js,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var peer = new JsPeer(Process.Start(start)!);
        var ready = await peer.EventAsync(e => (string?)e["event"] == "ready");
        peer.Id = PeerId.Parse((string)ready["peer"]!);
        if (ready["addresses"] is JsonArray { Count: > 0 } addresses) peer.Address = Multiaddr.Parse((string)addresses[0]!);
        return peer;
    }

    public async Task<JsonNode> SendAsync(string command, object? arguments = null)
    {
        var id = Interlocked.Increment(ref nextId);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        pending[id] = answer;
        var line = arguments is null ? new JsonObject() : JsonSerializer.SerializeToNode(arguments)!.AsObject();
        line["id"] = id;
        line["cmd"] = command;
        await process.StandardInput.WriteLineAsync(line.ToJsonString());
        await process.StandardInput.FlushAsync();
        var reply = await answer.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(reply["error"] is null, $"{command}: {reply["error"]}\n{string.Join('\n', errors)}");
        return reply["ok"]!;
    }

    public async Task<JsonNode> EventAsync(Func<JsonNode, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken, ended.Token);
        patience.CancelAfter(Patience);
        while (true)
        {
            if (events.FirstOrDefault(wanted) is { } found) return found;
            try
            {
                await eventArrived.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"The js peer did not say what was awaited.\n{string.Join('\n', errors)}");
            }
        }
    }

    /// <summary>Whether it has said this so far.</summary>
    public bool Said(Func<JsonNode, bool> wanted) => events.Any(wanted);

    /// <summary>Ends the process without a word, as a crash does.</summary>
    public void Kill() => process.Kill();

    /// <summary>Stops or continues the process (SIGSTOP, SIGCONT).</summary>
    public void Signal(string name) => Process.Start("kill", ["-" + name, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    /// <summary>Where the scripts and their packages are.</summary>
    public static string JsDirectory()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "tests", "js", "package.json"))) return Path.Combine(directory.FullName, "tests", "js");
        throw new DirectoryNotFoundException("tests/js is not above the test assembly.");
    }

    private async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (JsonNode.Parse(line) is not { } node) continue;
            if (node["id"] is { } id && pending.TryRemove((int)id, out var answer))
            {
                answer.TrySetResult(node);
                continue;
            }
            events.Enqueue(node);
            eventArrived.Release();
        }
        await ended.CancelAsync();
        foreach (var waiting in pending.Values) waiting.TrySetException(new IOException("The js peer ended: " + string.Join('\n', errors)));
    }
}
