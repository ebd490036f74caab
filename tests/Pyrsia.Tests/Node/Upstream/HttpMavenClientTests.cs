using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Node.Upstream;
using Xunit;

namespace Pyrsia.Tests.Node.Upstream;

public sealed class HttpMavenClientTests : IAsyncDisposable
{
    private const string File = "g/a/1/a-1.jar";

    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<IDisposable> _clients = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private async Task<HttpMavenClient> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        _servers.Add(app);
        await app.StartAsync(Cancel);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var client = new HttpMavenClient(new Uri($"{address}/maven2"), new UpstreamOptions { AllowPrivateNetworks = true, FirstPause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
        _clients.Add(client);
        return client;
    }

    private static async Task<UpstreamFailure> FailureAsync(Func<Task> act) => (await Assert.ThrowsAsync<UpstreamException>(act)).Failure;

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_busy_or_failing_repository_is_asked_again_and_not_for_ever(int status)
    {
        var asked = 0;
        var client = await ServeAsync(context =>
        {
            context.Response.StatusCode = ++asked is 2 ? 200 : status;
            return context.Response.WriteAsync("x");
        });
        Assert.Equal("x"u8.ToArray(), await client.FindAsync(File, 10, Cancel));
        Assert.Equal(UpstreamFailure.Unavailable, await FailureAsync(() => client.FindAsync(File, 10, Cancel)));
        Assert.Equal(2 + UpstreamOptions.MaxTries, asked);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task What_is_not_there_is_told_apart(int status)
    {
        var client = await ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        Assert.Null(await client.FindAsync(File, 10, Cancel));
        Assert.Null(await client.OpenAsync(File, Cancel));
    }

    [Fact]
    public async Task A_refusal_is_a_refusal_and_a_limit_a_limit()
    {
        var client = await ServeAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == $"/maven2/{File}" ? 403 : 200;
            return context.Response.WriteAsync("12345");
        });
        Assert.Equal(UpstreamFailure.Denied, await FailureAsync(() => client.FindAsync(File, 10, Cancel)));
        Assert.Equal(UpstreamFailure.LimitExceeded, await FailureAsync(() => client.FindAsync("g/a/1/a-1.pom", 4, Cancel)));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_taken_up_where_it_broke()
    {
        var ranges = new List<string>();
        var client = await ServeAsync(async context =>
        {
            var range = context.Request.Headers.Range.ToString();
            ranges.Add(range);
            if (range.Length > 0)
            {
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = "bytes 4-9/10";
                await context.Response.WriteAsync("456789");
                return;
            }
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("0123"); // the server closes the connection after a body that is too short
        });
        using var reader = new StreamReader((await client.OpenAsync(File, Cancel))!);
        Assert.Equal("0123456789", await reader.ReadToEndAsync(Cancel));
        Assert.Equal(["", "bytes=4-"], ranges);
    }

    [Fact]
    public async Task Redirects_are_followed_a_few_times_and_never_to_a_forbidden_address()
    {
        var client = await ServeAsync(context =>
        {
            context.Response.Redirect(context.Request.Path.Value!.EndsWith("jar", StringComparison.Ordinal) ? context.Request.Path : context.Request.Path.Value.EndsWith("war", StringComparison.Ordinal) ? "ftp://127.0.0.1/x" : "/maven2/g/a/1/a-1.jar");
            return Task.CompletedTask;
        });
        Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => client.FindAsync(File, 10, Cancel)));
        Assert.Equal(UpstreamFailure.Forbidden, await FailureAsync(() => client.FindAsync("g/a/1/a-1.war", 10, Cancel)));
    }

    [Theory]
    [InlineData("maven=http://repo.example/maven2", UpstreamFailure.Forbidden)]
    [InlineData("maven=https://user:secret@repo.example/maven2", UpstreamFailure.Forbidden)]
    public void Outside_a_test_network_only_https_without_credentials_is_an_upstream(string mapping, UpstreamFailure failure) =>
        Assert.Equal(failure, Assert.Throws<UpstreamException>(() => MavenUpstream.Open([mapping], new UpstreamOptions(), TimeProvider.System)).Failure);

    [Fact]
    public void An_upstream_of_another_form_is_refused() => Assert.Throws<FormatException>(() => MavenUpstream.Open(["maven=ftp://repo.example"], new UpstreamOptions(), TimeProvider.System));
}
