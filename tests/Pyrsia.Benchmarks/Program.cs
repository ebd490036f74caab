using System.Globalization;
using System.Text.Json;
using Pyrsia.Benchmarks;
using Pyrsia.Benchmarks.Peers;
using Pyrsia.Benchmarks.Scenarios;

if (args is ["serve", var kind]) return await PeerServer.RunAsync(kind);

var scenarios = new Dictionary<string, Func<Task<List<Measurement>>>>(StringComparer.Ordinal)
{
    ["chunks"] = ChunkHashing.RunAsync,
    ["transport"] = TransportThroughput.RunAsync,
    ["quic"] = QuicThroughput.RunAsync,
    ["connections"] = ConnectionCosts.RunAsync,
    ["liveness"] = DeadPeer.RunAsync,
    ["network"] = async () => [.. await TransportThroughput.RunAsync(), .. await QuicThroughput.RunAsync(), .. await ConnectionCosts.RunAsync(), .. await DeadPeer.RunAsync()],
    ["registry"] = WarmNode.RunAsync,
    ["consensus"] = Finality.RunAsync,
    ["cloud"] = async () => [.. await ImageAssembling.RunAsync(), .. await CloudStorage.RunAsync(), .. await QueueAndWorkers.RunAsync(), .. await AuthorityMemory.RunAsync()],
    ["postgres"] = async () => [.. await CloudStorage.RunAsync(), .. await QueueAndWorkers.RunAsync()],
    ["memory"] = AuthorityMemory.RunAsync,
    ["builds"] = async () => [.. await SandboxedBuilds.RunAsync(), .. await RequestToVerdict.RunAsync()],
    ["maven"] = MavenBuild.RunAsync,
    ["images"] = ImageAssembling.RunAsync,
};
var wanted = args.Length == 0 ? [.. scenarios.Keys] : args;
if (wanted.FirstOrDefault(name => !scenarios.ContainsKey(name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"Error: there is no benchmark '{unknown}'. (usage)\nThere are: {string.Join(", ", scenarios.Keys)}.");
    return 2;
}
var folder = Path.GetFullPath(Environment.GetEnvironmentVariable("PYRSIA_BENCH_DIR") ?? "artifacts/bench");
Directory.CreateDirectory(folder);
Console.WriteLine($"{"benchmark",-12} {"what",-58} {"ours",12} {"peer",12} {"ratio",7}  unit (peer)");
foreach (var name in wanted)
{
    var measured = await scenarios[name]();
    foreach (var m in measured)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {m.What,-58} {m.Ours,12:0.##} {m.Theirs,12:0.##} {m.Ratio,7:0.00}  {m.Unit}{(m.Peer is null ? "" : $" ({m.Peer})")}"));
    await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.json"), JsonSerializer.SerializeToUtf8Bytes(measured, BenchmarkJsonContext.Default.ListMeasurement));
}
return 0;
