using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Node.Builds;
using Xunit;

namespace Pyrsia.Tests.Node.Maven;

public sealed class MavenPluginTests
{
    [Fact]
    public async Task Each_plugin_of_one_build_is_named_although_one_verdict_answers_for_all()
    {
        await using var node = await NodeFixture.StartAsync(desk: new ScriptedDesk());
        var builds = new SourceBuilds(node.Network);
        string[] names = ["one-maven-plugin", "two-maven-plugin"];
        string Pom(string name) => $"org/acme/{name}/1.0/{name}-1.0.pom";
        var specification = SourceBuilds.Specification with { Artifacts = [.. names.Select(name => new SpecifiedArtifact($"maven:org.acme:{name}:1.0", [Pom(name)]))] };
        var outputs = ArtifactOutput.InOrder(await Task.WhenAll(names.Select(async name => await node.HoldAsync($"<project><name>{name}</name><packaging>maven-plugin</packaging></project>", "application/octet-stream") with { Name = Pom(name) })));
        var proposal = new EntrySigner(node.Network.Asker).Sign(new MappingProposal(
            node.Network.Genesis.ChainId, [.. specification.Artifacts.Select(a => a.Coordinate)], specification.Source, node.Network.Asker.PublicKey, TestNetwork.Seed("mapping", "plugins")));
        node.Log.Block(1, [proposal, .. Enumerable.Range(0, node.Network.Genesis.Quorum).Select(i => builds.Approve(proposal, i))]);
        var request = builds.Request(specification);
        node.Log.Block(1, request);
        node.Log.Block(1, [.. Enumerable.Range(0, 2).Select(i => builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, 3).Select(i => builds.Answer(request, i, outputs)).ToArray();
        node.Log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Equal(EntryType.Verified, node.Log.Block(1, [.. answers.Take(2).Select(a => a.Result)]).Single().Type);
        node.Publish();

        var xml = await node.Http.GetStringAsync("/maven2/org/acme/maven-metadata.xml", TestContext.Current.CancellationToken);
        foreach (var name in names) Assert.Contains($"<prefix>{name[..3]}</prefix>\n      <artifactId>{name}</artifactId>", xml, StringComparison.Ordinal);
    }
}
