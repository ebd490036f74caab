using System.Net;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Xunit;

namespace Pyrsia.Tests.Node.Upstream;

public sealed class PublicAddressGuardTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    public void Only_addresses_that_mean_the_same_machine_everywhere_are_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://registry.example/")]
    [InlineData("ftp://registry.example/")]
    [InlineData("https://user:secret@registry.example/")]
    public void Other_schemes_and_credentials_are_refused_outside_a_test_network(string address) =>
        Assert.Equal(UpstreamFailure.Forbidden, Assert.Throws<UpstreamException>(() => new PublicAddressGuard(false).Check(new Uri(address))).Failure);

    [Fact]
    public async Task A_name_that_means_this_machine_is_refused_when_it_is_connected_to()
    {
        using var client = new HttpRegistryClient(new Uri("https://localhost:1/"), new UpstreamOptions());
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => client.GetManifestAsync(Pyrsia.Contracts.ImageReference.Parse("alpine"), TestContext.Current.CancellationToken));
        Assert.Equal(UpstreamFailure.Forbidden, refused.Failure);
    }
}
