package module

import (
	"regexp"
	"testing"
)

// casings are what the libraries themselves return, recorded once: ettle/strcase
// v0.2.0 ToCamel and ToKebab of that, iancoleman/strcase v0.3.0 ToLowerCamel,
// and sprig v3.2.3 with xstrings v1.4.0: camelcase|untitle, the same after
// replace "-" "_", and kebabcase.
var casings = []struct {
	name, values, restored, digests, image, template, kebab string
}{
	{"echo", "echo", "echo", "echo", "echo", "echo", "echo"},
	{"csi-nfs", "csiNfs", "csi-nfs", "csiNfs", "csiNfs", "csiNfs", "csi-nfs"},
	{"echoServer", "echoServer", "echo-server", "echoServer", "echoServer", "echoServer", "echo-server"},
	{"EchoServer", "echoServer", "echo-server", "echoServer", "echoServer", "echoServer", "echo-server"},
	{"k8s", "k8s", "k8s", "k8S", "k8s", "k8s", "k-8s"},
	{"k8s-proxy", "k8sProxy", "k8s-proxy", "k8SProxy", "k8sProxy", "k8sProxy", "k-8s-proxy"},
	{"s3browser", "s3browser", "s3browser", "s3Browser", "s3browser", "s3browser", "s-3browser"},
	{"l2-load-balancer", "l2LoadBalancer", "l2-load-balancer", "l2LoadBalancer", "l2LoadBalancer", "l2LoadBalancer", "l2-load-balancer"},
	{"csi-1c", "csi1c", "csi1c", "csi1C", "csi1c", "csi1c", "csi-1c"},
	{"module-2", "module2", "module2", "module2", "module2", "module2", "module-2"},
	{"v2-api", "v2Api", "v2-api", "v2Api", "v2Api", "v2Api", "v2-api"},
	{"ceph-v19-2-3", "cephV1923", "ceph-v1923", "cephV1923", "cephV1923", "cephV1923", "ceph-v19-2-3"},
	{"csi-external-attacher-ForK8SGE-1-20", "csiExternalAttacherForK8Sge120", "csi-external-attacher-for-k8-sge120", "csiExternalAttacherForK8Sge120", "csiExternalAttacherForK8SGE120", "csiExternalAttacherForK8SGE120", "csi-external-attacher-for-k8-sge-1-20"},
	{"a.b", "aB", "a-b", "aB", "a.b", "a.b", "a.b"},
	{"a.1.2", "a1.2", "a1.2", "a12", "a.1.2", "a.1.2", "a.1.2"},
	{"v4.3", "v4.3", "v4.3", "v43", "v4.3", "v4.3", "v4.3"},
	{"mod1.2", "mod1.2", "mod1.2", "mod12", "mod1.2", "mod1.2", "mod1.2"},
	{"e--cho", "eCho", "e-cho", "eCho", "e-Cho", "e_Cho", "e--cho"},
	{"a--b", "aB", "a-b", "aB", "a-B", "a_B", "a--b"},
	{"a_b", "aB", "a-b", "aB", "aB", "aB", "a-b"},
	{"a__b", "aB", "a-b", "aB", "a_B", "a_B", "a--b"},
	{"_lead", "lead", "lead", "Lead", "_Lead", "_Lead", "-lead"},
	{"-lead", "lead", "lead", "Lead", "-Lead", "_Lead", "-lead"},
	{"trail-", "trail", "trail", "trail", "trail-", "trail_", "trail-"},
	{"trail--", "trail", "trail", "trail", "trail--", "trail__", "trail--"},
	{"x", "x", "x", "x", "x", "x", "x"},
	{"X", "x", "x", "x", "x", "x", "x"},
	{"", "", "", "", "", "", ""},
	{"HTTPServer", "httpServer", "http-server", "httpserver", "hTTPServer", "hTTPServer", "http-server"},
	{"a-1-b", "a1B", "a1-b", "a1B", "a1B", "a1B", "a-1-b"},
	{"1st-module", "1stModule", "1st-module", "1StModule", "1stModule", "1stModule", "1st-module"},
	{"9", "9", "9", "9", "9", "9", "9"},
	{"a1B2c3", "a1B2c3", "a1-b2c3", "a1B2C3", "a1B2c3", "a1B2c3", "a1-b-2c3"},
	{"node-exporter-v1.2", "nodeExporterV1.2", "node-exporter-v1.2", "nodeExporterV12", "nodeExporterV1.2", "nodeExporterV1.2", "node-exporter-v1.2"},
	{"go2rtc", "go2rtc", "go2rtc", "go2Rtc", "go2rtc", "go2rtc", "go-2rtc"},
	{"ipv6-proxy", "ipv6Proxy", "ipv6-proxy", "ipv6Proxy", "ipv6Proxy", "ipv6Proxy", "ipv6-proxy"},
	{"p2p", "p2p", "p2p", "p2P", "p2p", "p2p", "p-2p"},
	{"über-modul", "überModul", "über-modul", "berModul", "überModul", "überModul", "über-modul"},
	{"a b", "aB", "a-b", "aB", "aB", "aB", "a-b"},
	{"mTLS", "mTls", "m-tls", "mTls", "mTLS", "mTLS", "m-tls"},
	{"x-", "x", "x", "x", "x-", "x_", "x-"},
	{"x--y", "xY", "x-y", "xY", "x-Y", "x_Y", "x--y"},
	{"--x", "x", "x", "X", "--X", "__X", "--x"},
	{"a-", "a", "a", "a", "a-", "a_", "a-"},
	{"-", "", "", "", "--", "__", "-"},
	{"--", "", "", "", "---", "___", "--"},
	{"ABc", "aBc", "a-bc", "abc", "aBc", "aBc", "a-bc"},
	{"aBC", "aBc", "a-bc", "aBc", "aBC", "aBC", "a-bc"},
	{"a1-b2", "a1B2", "a1-b2", "a1B2", "a1B2", "a1B2", "a1-b2"},
	{"r2-d2x", "r2D2x", "r2-d2x", "r2D2X", "r2D2x", "r2D2x", "r2-d-2x"},
	{"a12b3c", "a12b3c", "a12b3c", "a12B3C", "a12b3c", "a12b3c", "a-12b3c"},
	{"1a2", "1a2", "1a2", "1A2", "1a2", "1a2", "1a2"},
	{"ab-c1d", "abC1d", "ab-c1d", "abC1D", "abC1d", "abC1d", "ab-c-1d"},
	{"x9-8y7z", "x98y7z", "x98y7z", "x98Y7Z", "x98y7z", "x98y7z", "x9-8y7z"},
	{"cni-cilium2", "cniCilium2", "cni-cilium2", "cniCilium2", "cniCilium2", "cniCilium2", "cni-cilium2"},
	{"v1beta1-api", "v1beta1Api", "v1beta1-api", "v1Beta1Api", "v1beta1Api", "v1beta1Api", "v-1beta1-api"},
	{"a1", "a1", "a1", "a1", "a1", "a1", "a1"},
	{"2", "2", "2", "2", "2", "2", "2"},
}

func TestCasings(t *testing.T) {
	kebabSyntax := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, c := range casings {
		for _, r := range []struct{ what, got, want string }{
			{"ValuesKey", ValuesKey(c.name), c.values},
			{"NameFromValuesKey", NameFromValuesKey(c.values), c.restored},
			{"DigestsKey", DigestsKey(c.name), c.digests},
			{"DigestKey", DigestKey(c.name), c.image},
			{"TemplateKey", TemplateKey(c.name), c.template},
		} {
			if r.got != r.want {
				t.Errorf("%s of %q = %q, want %q", r.what, c.name, r.got, r.want)
			}
		}
		if got := ImagesName(c.name); kebabSyntax.MatchString(c.name) && got != c.kebab {
			t.Errorf("ImagesName(%q) = %q, want %q", c.name, got, c.kebab)
		}
	}
}

func TestDigestKeyTakesLastSegment(t *testing.T) {
	for name, want := range map[string]string{
		"images/hello-world":         "helloWorld",
		"module-template/echoServer": "echoServer",
		"a/b/":                       "",
		"redis-operator":             "redisOperator",
	} {
		if got := DigestKey(name); got != want {
			t.Errorf("DigestKey(%q) = %q, want %q", name, got, want)
		}
	}
}
