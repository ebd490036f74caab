using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Finds the router that leads out of the local network.</summary>
internal static class DefaultGateway
{
    private const string RouteTable = "/proc/net/route";

    /// <summary>Longest table that is looked at, in bytes: some 8000 routes.</summary>
    private const int MaxTable = 1024 * 1024;

    /// <summary>Flags of a route that stands (RTF_UP) and leads over a router (RTF_GATEWAY).</summary>
    private const int UpOverGateway = 0x3;

    /// <summary>The IPv4 gateway of this machine, or null.</summary>
    public static async Task<IPAddress?> FindAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return NetworkInterface.GetAllNetworkInterfaces().Where(i => i.OperationalStatus == OperationalStatus.Up).SelectMany(i => i.GetIPProperties().GatewayAddresses)
                .Select(g => g.Address).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !a.Equals(IPAddress.Any));
        }
        try
        {
            using var file = new StreamReader(RouteTable);
            var table = new char[MaxTable];
            return Parse(table.AsSpan(0, await file.ReadBlockAsync(table, cancellationToken).ConfigureAwait(false)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not every sandbox shows it.
            return null;
        }
    }

    /// <summary>Reads the kernel's table: a line for each route with interface, destination, gateway, flags, two counters, metric, mask and more, between tabs; addresses are eight hexadecimal digits,
    /// the first byte last. Of several default routes the kernel takes that of the smallest metric.</summary>
    public static IPAddress? Parse(ReadOnlySpan<char> table)
    {
        var (best, least) = ((IPAddress?)null, uint.MaxValue);
        Span<Range> fields = stackalloc Range[9];
        foreach (var line in table.EnumerateLines())
        {
            if (line.Split(fields, '\t') < 9) continue;
            if (!uint.TryParse(line[fields[1]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var destination) || destination != 0) continue;
            if (!uint.TryParse(line[fields[7]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) || mask != 0) continue;
            if (!int.TryParse(line[fields[3]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags) || (flags & UpOverGateway) != UpOverGateway) continue;
            if (!uint.TryParse(line[fields[2]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var gateway) || gateway == 0) continue;
            if (!uint.TryParse(line[fields[6]], NumberStyles.None, CultureInfo.InvariantCulture, out var metric) || (best is not null && metric >= least)) continue;
            (best, least) = (new IPAddress(gateway), metric);
        }
        return best;
    }
}
