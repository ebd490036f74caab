using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Keys;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>What memory an authority on PostgreSQL holds whose log is long, beside one whose log is short, and how long each takes to start.</summary>
internal static class AuthorityMemory
{
    private const long Short = 1_000;
    private const int Reads = 4_000;
    private const int TileReads = 20_000;
    private const int TileReaders = 32;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>How long nobody asks for anything before it counts as at rest: some of the intervals in which an authority gives memory back.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(3);

    internal static async Task<List<Measurement>> RunAsync()
    {
        var entries = Environment.GetEnvironmentVariable("PYRSIA_BENCH_ENTRIES") is { } wanted ? long.Parse(wanted, CultureInfo.InvariantCulture) : 1_000_000;
        await using var server = await PostgresServer.StartAsync(CancellationToken.None);
        var small = await MeasureAsync(server, Short);
        var large = await MeasureAsync(server, entries);
        const string peer = "with 1,000 entries";
        return
        [
            new($"memory of an authority after its start, log of {entries:N0} entries (RSS)", "MB", large.Started, peer, small.Started),
            new($"the same after {Reads:N0} reads all over the log", "MB", large.Read, peer, small.Read),
            new($"the same, {Rest.TotalMinutes:0} minutes later", "MB", large.Rested, peer, small.Rested),
            new("the same at its highest until it votes", "MB", large.PeakOfStart, peer, small.PeakOfStart),
            new("the same at its highest, reads included", "MB", large.Peak, peer, small.Peak),
            new("from the start until it votes", "s", large.Seconds, peer, small.Seconds),
            new($"full tiles of hashes read from it by HTTP, {TileReaders} readers", "/s", large.Tiles, peer, small.Tiles),
        ];
    }

    private static async Task<(double Started, double PeakOfStart, double Read, double Rested, double Peak, double Seconds, double Tiles)> MeasureAsync(PostgresServer server, long entries)
    {
        using var network = new TestNetwork(realPeers: true, naming: LoggedRequests.Naming);
        using var directory = new TemporaryDirectory();
        var connection = server.ConnectionString($"log{entries}");
        var clock = Stopwatch.StartNew();
        var made = LongLog.Fill(network, connection, entries);
        await Console.Error.WriteLineAsync($"A log of {made} entries took {clock.Elapsed.TotalSeconds:0} s to make.");
        WriteKeys(network, directory["data"]);
        await File.WriteAllBytesAsync(directory["network.json"], network.File.ToBytes());
        var http = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        using var client = new HttpClient();
        clock.Restart();
        await using var authority = Daemon.Start(
            Programs.Authority, "--storage", "postgres", "--connection-string", connection, "--network", directory["network.json"], "--data-dir", directory["data"],
            "--port", http.Port.ToString(CultureInfo.InvariantCulture), "--listen", "/ip4/127.0.0.1/tcp/0");
        await Wait.UntilAsync(() => VotesAsync(client, http, authority), StartLimit, "the authority does not vote", CancellationToken.None);
        var seconds = clock.Elapsed.TotalSeconds;
        await Task.Delay(Settling, TimeProvider.System);
        var (started, peakOfStart) = Memory(authority.Id);
        await ReadAsync(client, http, made);
        await Task.Delay(Settling, TimeProvider.System);
        var (read, peak) = Memory(authority.Id);
        await Task.Delay(Rest, TimeProvider.System);
        var rested = Memory(authority.Id).Now;
        return (started, peakOfStart, read, rested, peak, seconds, await TileRateAsync(http, made / 256));
    }

    /// <summary>It votes when it has applied every block; one of four is never ready.</summary>
    private static async Task<bool> VotesAsync(HttpClient client, Uri http, Daemon authority)
    {
        if (authority.HasEnded) throw new InvalidOperationException(await authority.HearAsync("", CancellationToken.None));
        try
        {
            return (await client.GetStringAsync(new Uri(http, "metrics"))).Split('\n').Any(line => line.StartsWith("pyrsia_consensus_voting", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Asks for what the log knows of names all over it: tags, versions, entries of a package, and bundles of entries.</summary>
    private static async Task ReadAsync(HttpClient client, Uri http, long entries)
    {
        var requests = (int)(entries / 9);
        for (var i = 0; i < Reads / 4; i++)
        {
            var round = (int)((long)i * requests / (Reads / 4)) / 40 * 40;
            var (image, gav) = (LoggedRequests.Image(round + 2 + (i % 20)), LoggedRequests.Gav(round + 24 + (i % 10)));
            var (registry, repository) = (image[..image.IndexOf('/')], image[(image.IndexOf('/') + 1)..image.LastIndexOf(':')]);
            var (group, artifact) = (gav.Split(':')[0], gav.Split(':')[1]);
            await GetAsync(client, new Uri(http, $"v2/{repository}/tags/list?ns={registry}"));
            await GetAsync(client, new Uri(http, $"maven2/{group.Replace('.', '/')}/{artifact}/maven-metadata.xml"));
            await GetAsync(client, new Uri(http, $"log/tile/entries/{Tile(entries / 256 * i / (Reads / 4))}"));
            using var about = await client.PostAsync(new Uri(http, "inspect/docker"), new StringContent($$"""{"image":"{{image}}"}""", Encoding.UTF8, "application/json"));
            about.EnsureSuccessStatusCode();
        }
    }

    private static async Task<double> TileRateAsync(Uri http, long tiles)
    {
        using var client = new HttpClient();
        var left = TileReads;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, TileReaders).Select(async _ =>
        {
            // By strides, so that neighbours are seldom read one after the other.
            while (Interlocked.Decrement(ref left) is >= 0 and var i) await GetAsync(client, new Uri(http, $"log/tile/0/{Tile(i * 97L % tiles)}"));
        }));
        return TileReads / clock.Elapsed.TotalSeconds;
    }

    private static async Task GetAsync(HttpClient client, Uri address)
    {
        using var answer = await client.GetAsync(address);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync();
    }

    private static string Tile(long index) => index < 1000 ? $"{index:000}" : $"x{index / 1000:000}/{index % 1000:000}";

    private static void WriteKeys(TestNetwork network, string data)
    {
        void Write(string name, byte[] content)
        {
            DurableFile.CreateDirectory(Path.GetDirectoryName(Path.Combine(data, name))!);
            DurableFile.Write(Path.Combine(data, name), content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        Write("keys/vote.key", KeyFile.Encode(network.VoteKeys[0], KeySecrets.None));
        Write("keys/cosigner.key", KeyFile.Encode(network.CosignerKeys[0], KeySecrets.None));
        Write("keys/log.key", KeyFile.Encode(network.LogKeys[0], KeySecrets.None));
        Write("keys/builder.key", KeyFile.EncodePem(network.BuilderKeys[0].ExportPkcs8(), KeySecrets.None));
        Write("identity.key", network.Identities[0].EncodePrivate());
    }

    private static (double Now, double Peak) Memory(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        double Field(string name) => double.Parse(lines.First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024 / 1e6;
        return (Field("VmRSS:"), Field("VmHWM:"));
    }
}
