using System.Net.Quic;
using System.Runtime.Versioning;

namespace Pyrsia.Libp2p;

/// <summary>A listener that stops when it is disposed.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
internal sealed class QuicListening(QuicListener listener) : IDisposable
{
    public void Dispose() => _ = listener.DisposeAsync().AsTask();
}
