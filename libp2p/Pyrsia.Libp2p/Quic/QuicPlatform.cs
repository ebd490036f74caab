using System.Net.Quic;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Pyrsia.Libp2p;

/// <summary>QUIC is there where the platform has its library, libmsquic, and nowhere else.</summary>
public static class QuicPlatform
{
    private static readonly string[] Libraries = ["libmsquic.so.2", "libmsquic.so", "libmsquic.dylib", "msquic.dll"];

    private static readonly Lazy<string?> Probed = new(Probe);

    /// <summary>Whether hosts can listen on QUIC addresses and dial them.</summary>
    [SupportedOSPlatformGuard("linux")]
    [SupportedOSPlatformGuard("macos")]
    [SupportedOSPlatformGuard("windows")]
    public static bool IsAvailable => Missing is null;

    /// <summary>Why QUIC is not there; null when it is.</summary>
    public static string? Missing => Probed.Value;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS() && !OperatingSystem.IsWindows()) return "this platform has no QUIC";
        // A library beside the program is found when it is loaded before the platform looks for one.
        foreach (var name in Libraries)
            if (Path.Combine(AppContext.BaseDirectory, name) is var path && File.Exists(path) && NativeLibrary.TryLoad(path, out _)) break;
        return QuicListener.IsSupported ? null : "the library libmsquic is not installed";
    }
}
