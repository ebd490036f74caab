using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Cli;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class MappingSuggestionTests : IDisposable
{
    private readonly CliRun _run = new();
    private readonly TestNetwork _network = new();
    private MappingProposeRequest? _proposed;
    private string _suggestion = "";

    public MappingSuggestionTests()
    {
        _run.Node = request =>
        {
            if (request.RequestUri!.AbsolutePath == ApiRoutes.MappingSuggest) return CliRun.Json(_suggestion);
            _proposed = JsonSerializer.Deserialize(request.Content!.ReadAsStream(), NodeApiJsonContext.Default.MappingProposeRequest);
            return CliRun.Json("""{"mapping_id":"m1","message":"3 authorities must approve it.","quorum":true}""");
        };
        File.WriteAllBytes(_run["network.json"], _network.File.ToBytes());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
    }

    /// <summary>A git server of the dumb kind: what it has is a text.</summary>
    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Cancel);
        return app;
    }

    private Task<int> Propose(params string[] more) => _run.Of(["mapping", "propose", "--gav", "org.acme:lib:1.0", "--network", _run["network.json"], .. more]);

    [Fact]
    public async Task What_a_pom_suggests_is_shown_with_its_commit_and_proposed_only_when_that_was_accepted()
    {
        const string commit = "0123456789abcdef0123456789abcdef01234567";
        var moved = false;
        await using var git = await ServeAsync(context => moved ? Results.Redirect("/elsewhere.git/info/refs").ExecuteAsync(context) : context.Response.WriteAsync(context.Request.Path == "/lib.git/HEAD" ? "ref: refs/heads/main\n" : $"{commit}\trefs/tags/v1.0\n", Cancel));
        var address = git.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _suggestion = $$"""{"coordinate":"maven:org.acme:lib:1.0","url":"{{address}}/lib.git","tag":"v1.0","from":"org/acme/lib/1.0/lib-1.0.pom","host":"repo.example"}""";
        Assert.Equal(ExitCode.Done, await Propose());
        Assert.Contains(commit, _run.Out, StringComparison.Ordinal);
        Assert.Contains("repo.example, which nobody verified", _run.Out, StringComparison.Ordinal);
        Assert.Contains($"pyrsia mapping propose --coordinate maven:org.acme:lib:1.0 --source {address}/lib.git --ref v1.0", _run.Out, StringComparison.Ordinal);
        Assert.Null(_proposed);
        Assert.Equal(ExitCode.Done, await Propose("--yes"));
        Assert.Equal((commit, "v1.0"), (_proposed!.Revision, _proposed.Tag));
        Assert.Contains("Mapping 'm1' is proposed", _run.Out, StringComparison.Ordinal);
        // A repository that somebody else named is asked without following where it leads.
        moved = true;
        Assert.Equal(ExitCode.Failed, await Propose());
    }

    [Theory]
    [InlineData("http://127.0.0.1/x.git", "not public")]
    [InlineData("https://localhost/x.git", "not public")]
    [InlineData("https://10.0.0.1/x.git", "not public")]
    [InlineData("http://x.example:8080/x.git", "not https")]
    [InlineData("file:///etc", "not https")]
    [InlineData("https://user@x.example/y.git", "no source")]
    public async Task A_suggestion_leads_nowhere_private_outside_a_test_network(string url, string why)
    {
        _suggestion = $$"""{"coordinate":"maven:org.acme:lib:1.0","url":"{{url}}","tag":"v1.0","from":"x.pom"}""";
        Assert.NotEqual(ExitCode.Done, await _run.Of("mapping", "propose", "--gav", "org.acme:lib:1.0", "--yes", "--network", _run["none.json"]));
        Assert.Contains(why, _run.Error, StringComparison.Ordinal);
        Assert.Null(_proposed);
    }

    [Fact]
    public async Task A_suggestion_without_a_tag_is_shown_and_cannot_be_accepted()
    {
        _suggestion = """{"coordinate":"maven:org.acme:lib:1.0","url":"https://x.example/$(id);y.git","from":"x.pom"}""";
        Assert.Equal(ExitCode.Done, await Propose());
        // What is printed to be typed is one word, whatever a pom says.
        Assert.Contains("--source 'https://x.example/$(id);y.git' --ref REF", _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, await Propose("--yes"));
        Assert.Null(_proposed);
    }
}
