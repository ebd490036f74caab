using System.Globalization;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Drops all packets between one process of a local network and its peers, as a cut cable does: the sockets stay open and nobody hears anything. Needs root.</summary>
public sealed class CutCable : IAsyncDisposable
{
    private readonly string _chain;

    private CutCable(string chain) => _chain = chain;

    private string[] Jump => ["INPUT", "-i", "lo", "-p", "tcp", "-j", _chain];

    /// <summary>Cuts one member off.</summary>
    /// <param name="cut">The member.</param>
    /// <param name="others">The members that it must not reach by a new connection either.</param>
    public static async Task<CutCable> StartAsync(TestnetMember cut, IEnumerable<TestnetMember> others)
    {
        var cable = new CutCable(string.Create(CultureInfo.InvariantCulture, $"pyrsia-test-{cut.Pid}"));
        await IptablesAsync("-N", cable._chain);
        try
        {
            // Its API is no peer connection: the test goes on to speak to it. Connections are named by both ports, since another program's may have one of them too.
            foreach (var (local, remote) in (await ConnectionsAsync(cut.Pid)).Where(c => c.Local != cut.Http.Port))
                foreach (var (from, to) in new[] { (local, remote), (remote, local) }) await IptablesAsync("-A", cable._chain, "-p", "tcp", "--sport", Text(from), "--dport", Text(to), "-j", "DROP");
            foreach (var member in others.Append(cut))
                foreach (var port in (await ListeningAsync(member.Pid)).Where(p => p != member.Http.Port)) await IptablesAsync("-A", cable._chain, "-p", "tcp", "--syn", "--dport", Text(port), "-j", "DROP");
            await IptablesAsync(["-I", .. cable.Jump]);
            return cable;
        }
        catch
        {
            await cable.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("iptables", ["-w", "-D", .. Jump]);
        await Command.RunAsync("iptables", ["-w", "-F", _chain]);
        await Command.RunAsync("iptables", ["-w", "-X", _chain]);
    }

    private static Task<string> IptablesAsync(params string[] arguments) => Command.MustAsync("iptables", ["-w", .. arguments]);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static async Task<IEnumerable<(int Local, int Remote)>> ConnectionsAsync(int pid) => (await SocketsAsync("-Htnp", pid)).Select(socket => (Port(socket.Local), Port(socket.Remote)));

    private static async Task<IEnumerable<int>> ListeningAsync(int pid) => (await SocketsAsync("-Htlnp", pid)).Select(socket => Port(socket.Local)).Distinct();

    /// <summary>Both ends of a process's TCP sockets: <c>state queue queue local:port peer:port users:(("name",pid=1,fd=2))</c>.</summary>
    private static async Task<IEnumerable<(string Local, string Remote)>> SocketsAsync(string options, int pid)
    {
        var owner = string.Create(CultureInfo.InvariantCulture, $"pid={pid},");
        return [.. (await Command.MustAsync("ss", options)).Split('\n').Where(line => line.Contains(owner, StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(columns => (columns[3], columns[4]))];
    }

    private static int Port(string end) => int.Parse(end[(end.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
}
