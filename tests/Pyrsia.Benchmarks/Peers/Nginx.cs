using System.Globalization;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;

namespace Pyrsia.Benchmarks.Peers;

/// <summary>A plain HTTP server over a folder, with connections that stay open as a node's do.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Daemon _daemon;

    private Nginx(Daemon daemon, Uri address) => (_daemon, Address) = (daemon, address);

    internal Uri Address { get; }

    /// <summary>Starts one.</summary>
    /// <param name="directory">Where it keeps its own files.</param>
    /// <param name="root">What it serves.</param>
    internal static async Task<Nginx> StartAsync(string directory, string root)
    {
        Directory.CreateDirectory(directory);
        var port = FreePort.Find();
        var config = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; worker_processes 2; pid {{directory}}/pid; error_log stderr warn; {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            events {}
            http {
              access_log off; sendfile on; tcp_nodelay on; keepalive_timeout 120; keepalive_requests 100000;
              client_body_temp_path {{directory}}/body; proxy_temp_path {{directory}}/proxy; fastcgi_temp_path {{directory}}/fastcgi; uwsgi_temp_path {{directory}}/uwsgi; scgi_temp_path {{directory}}/scgi;
              server { listen 127.0.0.1:{{port}}; root {{root}}; }
            }
            """));
        var server = new Nginx(Daemon.Start("nginx", "-c", config, "-p", directory), new Uri($"http://127.0.0.1:{port}/"));
        using var client = new HttpClient();
        await Wait.UntilAsync(async () =>
        {
            try
            {
                using var answer = await client.GetAsync(server.Address);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, StartLimit, "nginx does not answer", CancellationToken.None);
        return server;
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}
