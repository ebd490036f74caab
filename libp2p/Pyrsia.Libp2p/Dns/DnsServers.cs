using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>The name servers that the machine is set up with.</summary>
internal static class DnsServers
{
    /// <summary>Servers that are asked; the C library takes as many.</summary>
    public const int Max = 3;

    /// <summary>Port of DNS.</summary>
    public const int Port = 53;

    private const string Path = "/etc/resolv.conf";
    private const int MaxLines = 1000;

    /// <summary>Reads <c>/etc/resolv.conf</c>; without one, or with none named in it, the machine itself is asked, as resolv.conf(5) says.</summary>
    public static IReadOnlyList<IPEndPoint> OfThisMachine()
    {
        try
        {
            return Read(File.ReadLines(Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Read([]);
        }
    }

    /// <summary>The servers that the lines of a resolv.conf name.</summary>
    public static IReadOnlyList<IPEndPoint> Read(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>();
        foreach (var line in lines.Take(MaxLines))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var address, ..] && IPAddress.TryParse(address, out var ip) && servers.Count < Max) servers.Add(new IPEndPoint(ip, Port));
        }
        return servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, Port)];
    }
}
