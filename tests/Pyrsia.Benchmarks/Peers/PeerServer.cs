using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pyrsia.Libp2p;

namespace Pyrsia.Benchmarks.Peers;

/// <summary>The sending end of a transport measurement, in a process of its own: sends as many bytes as it is asked for, until its input ends.</summary>
internal static class PeerServer
{
    internal const string Protocol = "/benchmark/send/1.0.0";
    internal const string TakeProtocol = "/benchmark/take/1.0.0";
    internal const string QuestionProtocol = "/benchmark/question/1.0.0";
    private const int WriteSize = 256 * 1024;
    private const int MaxConnections = 2_000;

    internal static Task<int> RunAsync(string kind) => kind switch
    {
        "libp2p" => Libp2pAsync("/ip4/127.0.0.1/tcp/0"),
        "quic" => Libp2pAsync("/ip4/127.0.0.1/udp/0/quic-v1"),
        "tls" => TlsAsync(),
        "echo" => EchoAsync(),
        _ => throw new ArgumentException($"unknown kind {kind}", nameof(kind)),
    };

    private static async Task<int> Libp2pAsync(string address)
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { Identity = KeyPair.Generate(), Limits = new ResourceLimits { MaxConnections = MaxConnections, MaxInboundConnections = MaxConnections, MaxInboundStreams = 4 * MaxConnections } });
        host.Handle(Protocol, async (stream, token) =>
        {
            var asked = new byte[8];
            await stream.ReadExactlyAsync(asked, token);
            await SendAsync(BitConverter.ToInt64(asked), (bytes, t) => stream.WriteAsync(bytes, t), token);
            await stream.CloseWriteAsync(token);
        });
        host.Handle(TakeProtocol, async (stream, token) =>
        {
            var buffer = new byte[WriteSize];
            long taken = 0;
            while (await stream.ReadAsync(buffer, token) is > 0 and var read) taken += read;
            await stream.WriteAsync(BitConverter.GetBytes(taken), token);
            await stream.CloseWriteAsync(token);
        });
        host.HandleRequests(QuestionProtocol, new RequestLimits(), (_, question, _) => Task.FromResult(question));
        await host.ListenAsync(Multiaddr.Parse(address), CancellationToken.None);
        Console.WriteLine($"{host.ListenAddresses[0]}/p2p/{host.Id}");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static async Task<int> TlsAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=benchmark", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        // Console.In reads synchronously whatever its methods are called.
        var ended = Task.Run(Console.In.ReadToEnd);
        while (await Task.WhenAny(ended, Accept(listener, certificate)) != ended)
        {
        }
        return 0;
    }

    /// <summary>The barest answers that there are: what comes over TCP goes back.</summary>
    private static async Task<int> EchoAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        using var client = await listener.AcceptSocketAsync();
        client.NoDelay = true;
        var buffer = new byte[1024];
        while (await client.ReceiveAsync(buffer) is > 0 and var read) await client.SendAsync(buffer.AsMemory(0, read));
        return 0;
    }

    private static async Task Accept(TcpListener listener, X509Certificate2 certificate)
    {
        using var client = await listener.AcceptTcpClientAsync();
        client.NoDelay = true;
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = SslProtocols.Tls13 });
        var asked = new byte[8];
        await tls.ReadExactlyAsync(asked);
        await SendAsync(BitConverter.ToInt64(asked), tls.WriteAsync, CancellationToken.None);
        await tls.ShutdownAsync();
    }

    internal static async Task SendAsync(long bytes, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var buffer = new byte[WriteSize];
        for (; bytes > 0; bytes -= Math.Min(bytes, WriteSize)) await write(buffer.AsMemory(0, (int)Math.Min(bytes, WriteSize)), cancellationToken);
    }
}
