using System.Net;
using Pyrsia.Node.Control;
using Pyrsia.Node.Files;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Oci;
using Pyrsia.Node.Telemetry;

namespace Pyrsia.Node.Hosting;

/// <summary>The HTTP side of a node: one port on loopback, every route behind the request guard.</summary>
public static class NodeWeb
{
    /// <summary>Longest request body in bytes; the API takes small JSON only.</summary>
    private const long MaxRequestBodyBytes = 64 * 1024;

    /// <summary>Begins an application that answers where the options say.</summary>
    public static WebApplicationBuilder CreateBuilder(NodeOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(NodeWeb).Assembly.GetName().Name });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            if (options.Host == "localhost") kestrel.ListenLocalhost(options.Port);
            else kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
        });
        WriteLog(builder.Logging, options.LogFormat);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // The host logs a failed start with its stack; the program tells the person in two lines.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        return builder;
    }

    private static void WriteLog(ILoggingBuilder logging, LogFormat format)
    {
        if (format == LogFormat.Json)
            logging.AddJsonConsole(console =>
            {
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                console.UseUtcTimestamp = true;
            });
        else
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
                console.UseUtcTimestamp = true;
            });
    }

    /// <summary>Maps the routes.</summary>
    public static WebApplication MapPyrsiaNode(this WebApplication app)
    {
        // The heartbeat of a peer's connection asks whether the other end lives.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<PeerSocket>();
        OciEndpoints.Map(app);
        MavenEndpoints.Map(app);
        FileEndpoints.Map(app);
        StatusEndpoints.Map(app);
        BuildEndpoints.Map(app);
        MappingEndpoints.Map(app);
        SetEndpoints.Map(app);
        DifferenceEndpoints.Map(app);
        InspectEndpoints.Map(app);
        LogEndpoints.Map(app);
        MetricsEndpoint.Map(app);
        return app;
    }

    /// <summary>Runs until the process is told to stop.</summary>
    /// <exception cref="StartupException">The port is in use.</exception>
    public static async Task RunPyrsiaAsync(this WebApplication app, NodeOptions options)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e)
        {
            // What has begun is told to stop: a service that was to begin and is disposed of instead counts as failed, and its stack is logged. The first failure is the one to tell.
            await app.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (e is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
                throw new StartupException($"{options.Host}:{options.Port} is in use.", "Stop the program that uses it, or choose another port with --port.", inner: e);
            throw;
        }
        await app.WaitForShutdownAsync();
    }
}
