using System.Globalization;

namespace Pyrsia.Benchmarks.Peers;

/// <summary>The js-libp2p pair of a transport measurement: one process sends, the other fetches and takes the time. Needs <c>npm ci</c> in tests/js.</summary>
internal sealed class JsPeer : IDisposable
{
    private readonly ChildPeer _sender;
    private readonly ChildPeer _fetcher;

    private JsPeer(ChildPeer sender, ChildPeer fetcher) => (_sender, _fetcher) = (sender, fetcher);

    /// <summary>CPU time that both have used.</summary>
    internal TimeSpan Cpu => _sender.Cpu + _fetcher.Cpu;

    /// <param name="security">Security protocol of their connection.</param>
    internal static async Task<JsPeer> StartAsync(string security = "/noise")
    {
        var js = Directory();
        var (node, script) = (Path.Combine(js, "node_modules", ".bin", "node"), Path.Combine(js, "send.mjs"));
        if (!File.Exists(node)) throw new InvalidOperationException($"The JavaScript peers are not installed. Run: npm ci --prefix {js}");
        return new JsPeer(await ChildPeer.StartAsync(node, script, "serve", security), await ChildPeer.StartAsync(node, script, "fetch", security));
    }

    /// <summary>Seconds that one stream of so many bytes takes from the one to the other.</summary>
    internal async Task<double> FetchAsync(long bytes) => (await AskAsync("fetch", bytes))[0];

    /// <summary>Microseconds of the median of so many pings, on one stream and each on its own.</summary>
    internal async Task<(double Same, double New)> PingAsync(int count) => await AskAsync("ping", count) is [var same, var anew] ? (same, anew) : throw new InvalidDataException("the js-libp2p peer gave no two figures");

    /// <summary>Dials so many times, one after the other.</summary>
    /// <param name="warming">Dials before, which do not count.</param>
    /// <param name="count">Dials that count.</param>
    /// <returns>Dials a second, and milliseconds of processor time of both ends for each.</returns>
    internal async Task<(double Rate, double Cpu)> DialAsync(int warming, int count)
    {
        await AskAsync("dial", warming);
        var before = Cpu;
        var seconds = (await AskAsync("dial", count))[0];
        return (count / seconds, (Cpu - before).TotalMilliseconds / count);
    }

    private async Task<double[]> AskAsync(string what, long count)
    {
        await _fetcher.Input.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{what} {_sender.Address} {count}"));
        await _fetcher.Input.FlushAsync();
        var line = await _fetcher.Output.ReadLineAsync() ?? throw new InvalidOperationException("the js-libp2p peer ended; its reason stands above");
        return [.. line.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        _fetcher.Dispose();
        _sender.Dispose();
    }

    private static string Directory()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var js = Path.Combine(directory.FullName, "tests", "js");
            if (File.Exists(Path.Combine(js, "package.json"))) return js;
        }
        throw new DirectoryNotFoundException("tests/js is not above the benchmark's folder");
    }
}
