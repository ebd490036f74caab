using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Xunit;

namespace Pyrsia.Tests.Node.Upstream;

public sealed class HttpRegistryClientTests : IAsyncDisposable
{
    private static readonly ImageReference Image = ImageReference.Parse("registry.example/library/app:1");
    private static readonly byte[] Manifest = """{"schemaVersion":2}"""u8.ToArray();

    private readonly List<WebApplication> _servers = [];
    private readonly List<HttpRegistryClient> _clients = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private async Task<Uri> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        _servers.Add(app);
        await app.StartAsync(Cancel);
        return new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private HttpRegistryClient ClientOf(Uri address, UpstreamOptions? options = null)
    {
        var client = new HttpRegistryClient(address, options ?? new UpstreamOptions { AllowPrivateNetworks = true });
        _clients.Add(client);
        return client;
    }

    private static Task SendManifestAsync(HttpContext context)
    {
        context.Response.ContentType = MediaTypes.OciManifest;
        return context.Response.Body.WriteAsync(Manifest).AsTask();
    }

    private static async Task<UpstreamFailure> FailureAsync(Func<Task> act) => (await Assert.ThrowsAsync<UpstreamException>(act)).Failure;

    [Fact]
    public async Task A_registry_that_wants_a_token_gets_an_anonymous_one_and_only_once()
    {
        var (tokens, scope, service) = (0, "", "");
        var accepts = new List<string>();
        Uri registry = null!;
        var realm = await ServeAsync(context =>
        {
            tokens++;
            (scope, service) = (context.Request.Query["scope"]!, context.Request.Query["service"]!);
            Assert.Equal(0, context.Request.Headers.Authorization.Count);
            return context.Response.WriteAsync("""{"token":"t0ken"}""");
        });
        registry = await ServeAsync(context =>
        {
            if (context.Request.Headers.Authorization == "Bearer t0ken")
            {
                accepts.AddRange(context.Request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries));
                return SendManifestAsync(context);
            }
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}token\",service=\"registry.example\",scope=\"repository:library/app:pull\"";
            return Task.CompletedTask;
        });
        var client = ClientOf(registry);
        var manifest = await client.GetManifestAsync(Image, Cancel);
        Assert.Equal(new Descriptor(MediaTypes.OciManifest, Digest.Of(Manifest), Manifest.Length), manifest.Descriptor);
        await client.GetManifestAsync(Image, Cancel);
        Assert.Equal((1, "repository:library/app:pull", "registry.example"), (tokens, scope, service));
        Assert.All(MediaTypes.Manifests, type => Assert.Contains(type, accepts));
    }

    [Theory]
    [InlineData(403, "{}")]
    [InlineData(200, "{}")]
    [InlineData(200, "no json")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"token":5}""")]
    public async Task A_realm_that_gives_no_token_is_a_denial(int status, string body)
    {
        var realm = await ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        });
        var registry = await ServeAsync(context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}\"";
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Denied, await FailureAsync(() => ClientOf(registry).GetManifestAsync(Image, Cancel)));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/token")]
    [InlineData("https://user:secret@example.org/token")]
    public async Task A_realm_of_another_kind_of_address_is_forbidden(string realm)
    {
        var registry = await ServeAsync(context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{realm}\"";
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => ClientOf(registry).GetManifestAsync(Image, Cancel)));
    }

    [Fact]
    public async Task A_redirect_to_another_host_is_followed_without_the_token()
    {
        var seen = "none yet";
        var storage = await ServeAsync(context =>
        {
            seen = context.Request.Headers.Authorization.ToString();
            return context.Response.Body.WriteAsync(Manifest).AsTask();
        });
        var registry = await ServeAsync(context =>
        {
            if (context.Request.Path == "/token") return context.Response.WriteAsync("""{"access_token":"t0ken"}""");
            if (context.Request.Headers.Authorization.Count == 0)
            {
                context.Response.StatusCode = 401;
                context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"http://{context.Request.Host}/token\"";
            }
            else context.Response.Redirect($"{storage}blob?signature=x");
            return Task.CompletedTask;
        });
        await using var body = await ClientOf(registry).OpenBlobAsync(Image, new Descriptor(MediaTypes.OctetStream, Digest.Of(Manifest), Manifest.Length), Cancel);
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, Cancel);
        Assert.Equal(Manifest, copy.ToArray());
        Assert.Equal("", seen);
    }

    [Theory]
    [InlineData("ftp://example.org/")]
    [InlineData("https://user:secret@example.org/")]
    public async Task A_redirect_to_a_forbidden_address_is_refused(string target)
    {
        var registry = await ServeAsync(context =>
        {
            context.Response.Headers.Location = target;
            context.Response.StatusCode = 307;
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => ClientOf(registry).GetManifestAsync(Image, Cancel)));
    }

    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        var asked = 0;
        var registry = await ServeAsync(context =>
        {
            asked++;
            context.Response.Redirect($"/again/{asked}");
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => ClientOf(registry).GetManifestAsync(Image, Cancel)));
        Assert.Equal(UpstreamOptions.MaxRedirects + 1, asked);
    }

    [Fact]
    public async Task Outside_a_test_network_private_addresses_and_plain_http_are_refused()
    {
        var asked = 0;
        var registry = await ServeAsync(_ =>
        {
            asked++;
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Forbidden, Assert.Throws<UpstreamException>(() => ClientOf(registry, new UpstreamOptions())).Failure);
        foreach (var host in new[] { "127.0.0.1", "localhost" })
        {
            var client = ClientOf(new Uri($"https://{host}:{registry.Port}"), new UpstreamOptions());
            Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => client.GetManifestAsync(Image, Cancel)));
        }
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_body_that_is_cut_is_taken_up_where_it_broke()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        var ranges = new List<string>();
        var registry = await ServeAsync(async context =>
        {
            ranges.Add(context.Request.Headers.Range.ToString());
            var from = ranges.Count == 1 ? 0 : int.Parse(ranges[^1]["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            if (from > 0)
            {
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
            }
            context.Response.ContentLength = content.Length - from;
            var part = Math.Min(120_000, content.Length - from);
            await context.Response.Body.WriteAsync(content.AsMemory(from, part));
            // The server closes a connection on which it has sent less than it said.
        });
        await using var body = await ClientOf(registry).OpenBlobAsync(Image, new Descriptor(MediaTypes.OctetStream, Digest.Of(content), content.Length), Cancel);
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, Cancel);
        Assert.Equal(content, copy.ToArray());
        Assert.True(ranges.Count >= 3);
    }

    [Fact]
    public async Task A_body_that_cannot_be_taken_up_is_unavailable()
    {
        var registry = await ServeAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(new byte[100]);
        });
        await using var body = await ClientOf(registry).OpenBlobAsync(Image, new Descriptor(MediaTypes.OctetStream, Digest.Of("x"u8), 1000), Cancel);
        Assert.Equal(UpstreamFailure.Unavailable, await FailureAsync(() => body.CopyToAsync(Stream.Null, Cancel)));
    }

    [Theory]
    [InlineData(404, UpstreamFailure.NotFound)]
    [InlineData(401, UpstreamFailure.Denied)]
    [InlineData(403, UpstreamFailure.Denied)]
    [InlineData(429, UpstreamFailure.Unavailable)]
    [InlineData(500, UpstreamFailure.Unavailable)]
    public async Task A_refusal_keeps_its_class(int status, UpstreamFailure failure)
    {
        var registry = await ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        Assert.Equal(failure, await FailureAsync(() => ClientOf(registry).GetManifestAsync(Image, Cancel)));
    }

    [Fact]
    public async Task A_manifest_of_another_digest_or_without_end_is_refused_and_silence_ends()
    {
        var endless = false;
        var silence = new TaskCompletionSource();
        var registry = await ServeAsync(async context =>
        {
            if (context.Request.Path.Value!.EndsWith("silent", StringComparison.Ordinal)) await silence.Task.WaitAsync(context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            else if (!endless) await SendManifestAsync(context);
            else while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(new byte[64 * 1024]);
        });
        var client = ClientOf(registry, new UpstreamOptions { AllowPrivateNetworks = true, HeaderTimeout = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(UpstreamFailure.Corrupt, await FailureAsync(() => client.GetManifestAsync(Image.At(Digest.Of("other"u8)), Cancel)));
        endless = true;
        Assert.Equal(UpstreamFailure.LimitExceeded, await FailureAsync(() => client.GetManifestAsync(Image, Cancel)));
        Assert.Equal(UpstreamFailure.Unavailable, await FailureAsync(() => client.GetManifestAsync(ImageReference.Parse("registry.example/app:silent"), Cancel)));
    }
}
