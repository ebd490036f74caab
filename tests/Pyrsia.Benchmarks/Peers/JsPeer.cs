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
    internal async Task<double> FetchAsync(long bytes)
    {
        await _fetcher.Input.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{_sender.Address} {bytes}"));
        await _fetcher.Input.FlushAsync();
        var line = await _fetcher.Output.ReadLineAsync() ?? throw new InvalidOperationException("the js-libp2p peer ended; its reason stands above");
        return double.Parse(line, CultureInfo.InvariantCulture);
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
