using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The question by which a gateway is asked where it describes itself, and its answer: HTTP heads in datagrams.
/// Deviation: the question goes to the gateway alone and not to the multicast group, so that nobody else on the network can answer.
/// https://openconnectivity.org/upnp-specs/UPnP-arch-DeviceArchitecture-v1.1.pdf, section 1.3</summary>
internal static class UpnpSearch
{
    /// <summary>Port that a gateway listens on, UDP.</summary>
    public const int Port = 1900;

    /// <summary>Longest answer that is taken, in bytes; common ones have 400.</summary>
    public const int MaxLength = 2048;

    /// <summary>The question.</summary>
    public static byte[] Question(IPEndPoint gateway) =>
        Encoding.ASCII.GetBytes($"M-SEARCH * HTTP/1.1\r\nHOST: {gateway}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n");

    /// <summary>Reads an answer. Only a description that the gateway has itself is looked at: what else an answer names could be any host that the asker can reach.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, IPAddress gateway, [NotNullWhen(true)] out Uri? description)
    {
        description = null;
        if (datagram.Length > MaxLength) return false;
        var lines = Encoding.Latin1.GetString(datagram).Split("\r\n");
        if (!lines[0].StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) return false;
        foreach (var line in lines.Skip(1))
        {
            if (line.Length == 0) return false;
            if (line.StartsWith("LOCATION:", StringComparison.OrdinalIgnoreCase)) return TryResolve(null, line["LOCATION:".Length..].Trim(), gateway, out description);
        }
        return false;
    }

    /// <summary>An address of the gateway by HTTP, from its text.</summary>
    public static bool TryResolve(Uri? against, string text, IPAddress gateway, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        if (!(against is null ? Uri.TryCreate(text, UriKind.Absolute, out var found) : Uri.TryCreate(against, text, out found))) return false;
        if (found.Scheme != Uri.UriSchemeHttp || found.UserInfo.Length > 0 || !IPAddress.TryParse(found.Host, out var ip) || !ip.Equals(gateway)) return false;
        address = found;
        return true;
    }
}
