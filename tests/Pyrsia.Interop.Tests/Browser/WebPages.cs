using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pyrsia.Interop.Tests.Libp2p;
using Xunit;

namespace Pyrsia.Interop.Tests.Browser;

/// <summary>A web site of one page, in which a js-libp2p peer runs and posts what came of it.</summary>
internal sealed class WebPages : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<JsonNode> results = Channel.CreateUnbounded<JsonNode>();

    private WebPages(string script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => TypedResults.Text("<!doctype html><script type=module src=/page.js></script>", "text/html"));
        app.MapGet("/page.js", () => TypedResults.Text(script, "text/javascript"));
        app.MapPost("/result", async (HttpRequest request) => results.Writer.TryWrite((await JsonNode.ParseAsync(request.Body))!));
    }

    /// <summary>Where the pages are from, as a browser tells it to others.</summary>
    public string Origin => app.Urls.Single();

    /// <summary>Bundles the script and serves it.</summary>
    public static async Task<WebPages> StartAsync(CancellationToken cancellationToken)
    {
        var js = JsPeer.JsDirectory();
        string[] arguments = ["page.mjs", "--bundle", "--format=esm", "--platform=browser", "--log-level=warning"];
        using var esbuild = Process.Start(new ProcessStartInfo(Path.Combine(js, "node_modules", ".bin", "esbuild"), arguments) { WorkingDirectory = js, RedirectStandardOutput = true })!;
        var script = await esbuild.StandardOutput.ReadToEndAsync(cancellationToken);
        await esbuild.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, esbuild.ExitCode);
        var pages = new WebPages(script);
        await pages.app.StartAsync(cancellationToken);
        return pages;
    }

    /// <summary>The next thing that a page posts.</summary>
    public Task<JsonNode> NextResultAsync(CancellationToken cancellationToken) => results.Reader.ReadAsync(cancellationToken).AsTask();

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
