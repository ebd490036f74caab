using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>A network namespace at the other end of a cable. Both ends have addresses of the Internet, which no other machine ever sees: js-libp2p takes no others seriously.</summary>
internal sealed class FarEnd : IAsyncDisposable
{
    private FarEnd(string name, string prefix)
    {
        Name = name;
        Near = $"{prefix}.1";
        Far = $"{prefix}.2";
    }

    /// <summary>Name of the namespace.</summary>
    public string Name { get; }

    /// <summary>The address here.</summary>
    public string Near { get; }

    /// <summary>The address there.</summary>
    public string Far { get; }

    public static async Task<FarEnd> ConnectAsync()
    {
        var number = RandomNumberGenerator.GetInt32(1 << 16);
        var end = new FarEnd(string.Create(CultureInfo.InvariantCulture, $"far{number:x4}"), string.Create(CultureInfo.InvariantCulture, $"25.{number >> 8}.{number & 0xff}"));
        await IpAsync("netns", "add", end.Name);
        try
        {
            await IpAsync("link", "add", end.Name, "type", "veth", "peer", "name", "near", "netns", end.Name);
            await IpAsync("addr", "add", $"{end.Near}/30", "dev", end.Name);
            await IpAsync("link", "set", end.Name, "up");
            await IpAsync("-n", end.Name, "addr", "add", $"{end.Far}/30", "dev", "near");
            await IpAsync("-n", end.Name, "link", "set", "near", "up");
            await IpAsync("-n", end.Name, "link", "set", "lo", "up");
            return end;
        }
        catch
        {
            await end.DisposeAsync();
            throw;
        }
    }

    /// <summary>The cable goes with the namespace.</summary>
    public async ValueTask DisposeAsync() => await IpAsync("netns", "delete", Name);

    private static async Task IpAsync(params string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = await ip.StandardError.ReadToEndAsync();
        await ip.WaitForExitAsync();
        if (ip.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }
}
