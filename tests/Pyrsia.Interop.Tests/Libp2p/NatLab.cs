using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Pyrsia.Testing;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>An Internet of its own: one public network with a host, and two homes, each behind a router that translates addresses and lets nothing in that was not asked for.</summary>
/// <remarks><code>
///   home a 10.0.2.2 -- router 25.0.0.2 --+-- public host 25.0.0.1
///   home b 10.0.3.2 -- router 25.0.0.3 --+
/// </code></remarks>
internal sealed class NatLab : IAsyncDisposable
{
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"nat{RandomNumberGenerator.GetInt32(1 << 24):x6}");
    private readonly List<string> _names = [];
    private readonly List<ProgramLines> _routers = [];
    private readonly TemporaryDirectory _directory = new();

    private NatLab()
    {
    }

    /// <summary>Address of the public host.</summary>
    public static string PublicAddress => "25.0.0.1";

    /// <summary>Builds it.</summary>
    /// <param name="symmetric">The routers take another port for each destination, so that nobody can tell it beforehand.</param>
    /// <param name="maps">By which protocol the routers let in what hosts ask for, <c>natpmp</c> or <c>upnp</c>; null for none. It is miniupnpd, whose rules are in the kernel's older tables, and the routers' with them.</param>
    public static async Task<NatLab> CreateAsync(bool symmetric, string? maps = null)
    {
        var lab = new NatLab();
        try
        {
            await lab.AddAsync("pub");
            await lab.IpAsync("pub", "link add net type bridge", $"addr add {PublicAddress}/24 dev net", "link set net up");
            foreach (var (home, number) in new[] { ("a", 2), ("b", 3) })
            {
                var (router, host) = ($"r{home}", $"h{home}");
                await lab.AddAsync(router);
                await lab.AddAsync(host);
                await lab.IpAsync(router, $"link add wan type veth peer name to{home} netns {lab.NameOf("pub")}", $"addr add 25.0.0.{number}/24 dev wan", "link set wan up");
                await lab.IpAsync("pub", $"link set to{home} master net", $"link set to{home} up");
                await lab.IpAsync(router, $"link add lan type veth peer name wan netns {lab.NameOf(host)}", $"addr add 10.0.{number}.1/24 dev lan", "link set lan up");
                await lab.IpAsync(host, $"addr add 10.0.{number}.2/24 dev wan", "link set wan up", $"route add default via 10.0.{number}.1");
                var iptables = maps is not null ? "iptables-legacy" : "iptables";
                await RunAsync("ip", ["netns", "exec", lab.NameOf(router), "sh", "-ec", $"""
                    echo 1 > /proc/sys/net/ipv4/ip_forward
                    {iptables} -w -N MINIUPNPD
                    {iptables} -w -t nat -N MINIUPNPD
                    {iptables} -w -t nat -N MINIUPNPD-POSTROUTING
                    {iptables} -w -t nat -A PREROUTING -i wan -j MINIUPNPD
                    {iptables} -w -t nat -A POSTROUTING -o wan -j MINIUPNPD-POSTROUTING
                    {iptables} -w -t nat -A POSTROUTING -o wan -j MASQUERADE {(symmetric ? "--random-fully" : "")}
                    {iptables} -w -A INPUT -i wan -j DROP
                    {iptables} -w -A FORWARD -i wan -j MINIUPNPD
                    {iptables} -w -A FORWARD -i wan -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
                    {iptables} -w -A FORWARD -i wan -j DROP
                    """]);
                if (maps is not null) await lab.ServeMappingsAsync(router, maps);
            }
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>The rules by which a router, <c>ra</c> or <c>rb</c>, lets in what a host asked for.</summary>
    public async Task<string> MappingsAsync(string router)
    {
        await using var asked = Start(router, "sh", "-c", "iptables-legacy -w -n -L MINIUPNPD; echo end");
        await asked.LineAsync(line => line == "end");
        return asked.Said;
    }

    /// <summary>Starts a program on <c>pub</c>, <c>ha</c> or <c>hb</c>.</summary>
    public ProgramLines Start(string place, params string[] command) => new("ip", ["netns", "exec", NameOf(place), .. command]);

    /// <summary>The same with environment variables.</summary>
    public ProgramLines Start(string place, (string Name, string Value)[] environment, params string[] command) => new("ip", ["netns", "exec", NameOf(place), .. command], environment);

    /// <summary>Runs a program on one of them to its end.</summary>
    /// <returns>All that it said, when it ended well; else null.</returns>
    public async Task<string?> TryAsync(string place, params string[] command)
    {
        await using var program = Start(place, command);
        return await program.ExitCodeAsync() == 0 ? program.Said : null;
    }

    /// <summary>Runs a program that has to end well.</summary>
    /// <returns>All that it said.</returns>
    public async Task<string> MustAsync(string place, params string[] command)
    {
        await using var program = Start(place, command);
        return await program.ExitCodeAsync() == 0 ? program.Said : throw new InvalidOperationException($"{string.Join(' ', command)}:\n{program.Said}");
    }

    /// <summary>Cables and rules go with their namespaces.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var router in _routers) await router.DisposeAsync();
        foreach (var name in _names) await RunAsync("ip", ["netns", "delete", name]);
        _directory.Dispose();
    }

    private async Task ServeMappingsAsync(string router, string protocol)
    {
        var (configuration, leases, pid) = (_directory[$"{router}.conf"], _directory[$"{router}.leases"], _directory[$"{router}.pid"]);
        await File.WriteAllTextAsync(configuration, $"""
            ext_ifname=wan
            listening_ip=lan
            enable_{protocol}=yes
            enable_{(protocol == "upnp" ? "natpmp" : "upnp")}=no
            secure_mode=yes
            lease_file={leases}
            allow 1024-65535 0.0.0.0/0 1024-65535

            """);
        var server = Start(router, "miniupnpd", "-d", "-f", configuration, "-P", pid);
        _routers.Add(server);
        await server.LineAsync(line => line.Contains("istening", StringComparison.Ordinal));
    }

    private string NameOf(string place) => $"{_prefix}-{place}";

    private async Task AddAsync(string place)
    {
        await RunAsync("ip", ["netns", "add", NameOf(place)]);
        _names.Add(NameOf(place));
        await IpAsync(place, "link set lo up");
    }

    private async Task IpAsync(string place, params string[] commands)
    {
        foreach (var command in commands) await RunAsync("ip", ["-n", NameOf(place), .. command.Split(' ')]);
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
