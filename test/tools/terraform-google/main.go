// A stand-in for hashicorp/google where that cannot be had: it knows names and types of what emitted projects use
// (schema.json), so that `terraform validate` and `terraform test` with mock_provider run offline. It makes nothing.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"log"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

//go:embed schema.json
var schema []byte

// Part is a resource or a block in one: "name" has a type, perhaps followed by what the provider says of it
// ("string required", "string computed"); an object is a block, which "max 1" bounds.
type Part map[string]json.RawMessage

var kinds = map[string]tftypes.Type{
	"string": tftypes.String,
	"number": tftypes.Number,
	"bool":   tftypes.Bool,
	"map":    tftypes.Map{ElementType: tftypes.String},
	"list":   tftypes.List{ElementType: tftypes.String},
	"any":    tftypes.DynamicPseudoType,
}

func blockOf(part Part) *tfprotov5.SchemaBlock {
	block := &tfprotov5.SchemaBlock{}
	for name, raw := range part {
		var said string
		if json.Unmarshal(raw, &said) == nil {
			if strings.HasPrefix(name, "*") {
				continue
			}
			required, computed := strings.Contains(said, " required"), strings.Contains(said, " computed")
			block.Attributes = append(block.Attributes, &tfprotov5.SchemaAttribute{
				Name: name, Type: kinds[strings.Fields(said)[0]],
				Required: required, Optional: !required && !computed, Computed: !required,
			})
			continue
		}
		var inner Part
		if err := json.Unmarshal(raw, &inner); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		how := string(inner["*"])
		nested := &tfprotov5.SchemaNestedBlock{
			TypeName: name, Nesting: tfprotov5.SchemaNestedBlockNestingModeList, Block: blockOf(inner),
		}
		if strings.Contains(how, "max 1") {
			nested.MaxItems = 1
		}
		if strings.Contains(how, "required") {
			nested.MinItems = 1
		}
		block.BlockTypes = append(block.BlockTypes, nested)
	}
	return block
}

type provider struct{ tfprotov5.ProviderServer }

func (provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return &tfprotov5.GetMetadataResponse{ServerCapabilities: &tfprotov5.ServerCapabilities{}}, nil
}

func (provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	var resources map[string]Part
	if err := json.Unmarshal(schema, &resources); err != nil {
		return nil, err
	}
	answer := &tfprotov5.GetProviderSchemaResponse{
		Provider:          &tfprotov5.Schema{Block: blockOf(Part{"project": []byte(`"string"`), "region": []byte(`"string"`), "default_labels": []byte(`"map"`)})},
		ResourceSchemas:   map[string]*tfprotov5.Schema{},
		DataSourceSchemas: map[string]*tfprotov5.Schema{},
	}
	for name, part := range resources {
		answer.ResourceSchemas[name] = &tfprotov5.Schema{Block: blockOf(part)}
	}
	return answer, nil
}

func (provider) PrepareProviderConfig(_ context.Context, asked *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: asked.Config}, nil
}

func (provider) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (provider) ApplyResourceChange(context.Context, *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	return nil, errors.New("this stand-in makes nothing")
}

func main() {
	serve := func() tfprotov5.ProviderServer { return provider{} }
	if err := tf5server.Serve("registry.terraform.io/hashicorp/google", serve); err != nil {
		log.Fatal(err)
	}
}
